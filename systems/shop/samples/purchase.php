<?php
// A whole purchase over SOAP with PHP's own SoapClient, from the WSDLs alone. The shop must be running
// (npm start). Needs php-cli and php-soap.
$shop = $argv[1] ?? 'http://127.0.0.1:8080';

function client(string $shop, string $api, ?string $token = null): SoapClient {
    $http = $token === null ? [] : ['header' => "Authorization: Bearer $token"];
    return new SoapClient("$shop/soap/$api/v1?wsdl", [
        'soap_version' => SOAP_1_2,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
        'stream_context' => stream_context_create(['http' => $http]),
    ]);
}

// What changes something once carries a key of the client's choice, in a header that the WSDL declares.
function once(SoapClient $client): SoapClient {
    $client->__setSoapHeaders(
        new SoapHeader('urn:portico:soap:v1', 'IdempotencyKey', bin2hex(random_bytes(16)))
    );
    return $client;
}

$email = 'php-' . bin2hex(random_bytes(6)) . '@example.org';
$password = 'correct horse battery';
$identity = client($shop, 'identity');
$account = once($identity)->register(['email' => $email, 'password' => $password]);
echo "registered {$account->accountId}\n";
$token = client($shop, 'identity')->signIn(['email' => $email, 'password' => $password])->accessToken;

$found = client($shop, 'catalog')->listProducts(['q' => 'storm lantern', 'limit' => 5]);
$sku = $found->items->item[1]->skus->item[0];
echo "putting one $sku into the cart\n";
$cart = client($shop, 'cart', $token);
once($cart)->addItem(['sku' => $sku, 'quantity' => 1]);

$orders = client($shop, 'orders', $token);
$quote = $orders->getQuote(['country' => 'DE']);

$config = client($shop, 'payments')->getPaymentConfig();
$card = json_decode(file_get_contents($config->tokenUrl, false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => "Content-Type: application/json\r\nAuthorization: Bearer {$config->publishableKey}",
    'content' => json_encode(
        ['number' => '4242424242424242', 'expMonth' => 12, 'expYear' => 2030, 'cvc' => '123']
    ),
]])));

$order = once($orders)->placeOrder([
    'cartVersion' => $quote->cartVersion,
    'expectedTotal' => $quote->total,
    'contact' => ['name' => 'Ada Example', 'email' => $email],
    'shippingAddress' => [
        'name' => 'Ada Example',
        'line1' => 'Lindenweg 1',
        'postalCode' => '04109',
        'city' => 'Leipzig',
        'country' => 'DE',
    ],
    'paymentToken' => $card->token,
]);
$orders->__setSoapHeaders();
$order = $orders->getOrder(['orderId' => $order->orderId, 'wait' => 10]);
printf(
    "order %s: %s, %s, %.2f %s\n",
    $order->orderId, $order->state, $order->payment, $order->total->amount / 100, $order->total->currency
);
exit($order->state === 'confirmed' ? 0 : 1);
