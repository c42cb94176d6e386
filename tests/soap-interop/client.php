<?php
// Knows the WSDL and nothing else: php client.php WSDL 1|2
ini_set('serialize_precision', '17');
$client = new SoapClient($argv[1], [
  'soap_version' => $argv[2] === '2' ? SOAP_1_2 : SOAP_1_1,
  'cache_wsdl' => WSDL_CACHE_NONE,
  'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
  'exceptions' => true,
]);
$results = [];

function fault(callable $call): array {
  try {
    $call();
    return ['none' => true];
  } catch (SoapFault $fault) {
    return ['code' => $fault->faultcode, 'text' => $fault->faultstring, 'detail' => $fault->detail ?? null];
  }
}

$full = [
  'text' => " a <b> & \"c\" \u{e4}\u{20ac}\u{1f600}\nnext ",
  'flag' => true,
  'small' => -7,
  'large' => 9007199254740991,
  'ratio' => 0.1,
  'price' => '12345678901234567890.50',
  'instant' => '2026-01-31T12:00:00.250+02:00',
  'day' => '2026-01-31',
  'bytes' => "\x00\x01\x02\x03\xff",
  'color' => 'dark green',
  'code' => 'AB-12',
  'anything' => json_encode(['a' => [1, null, 'x']]),
  'words' => ['item' => ['one', '', 'three']],
  'addresses' => ['item' => [['street' => 'S1', 'city' => 'C1'], ['street' => 'S2']]],
  'counts' => ['entry' => [['key' => 'a', 'value' => 1], ['key' => 'b c', 'value' => 2]]],
  'method' => ['card' => ['number' => '4242', 'cents' => 100]],
  'tree' => ['label' => 'root', 'children' => ['item' => [['label' => 'leaf']]]],
  'nested' => ['on' => false, 'list' => ['item' => [1, 2, 3]]],
  'maybe' => 'here',
  'nothing' => 'not null',
  'either' => 5,
  'holes' => ['item' => ['x', null]],
];
$sparse = [
  'text' => '', 'flag' => false, 'small' => 0, 'large' => -9007199254740991, 'ratio' => -1.5e-7,
  'price' => '0.1', 'instant' => '2026-01-31T12:00:00Z', 'day' => '1999-12-31', 'bytes' => '',
  'color' => 'red', 'code' => 'ZZ-0', 'anything' => '"text"', 'words' => new stdClass(),
  'addresses' => ['item' => [['street' => 'only']]], 'counts' => new stdClass(),
  'method' => ['transfer' => new stdClass()], 'tree' => ['label' => 'x'],
  'nested' => ['on' => true, 'list' => new stdClass()], 'nothing' => null,
];
$answer = $client->echo($full);
$answer->bytes = base64_encode($answer->bytes);
$results['full'] = $answer;
$results['sparse'] = $client->echo($sparse);
$results['nulled'] = $client->echo(['either' => null] + $full)->either;
$results['touch'] = $client->touch();
foreach (['OutOfStock', 'Gone', 'invalid', 'bug'] as $how) {
  $results[$how] = fault(fn () => $client->fail(['how' => $how]));
}
$results['keyMissing'] = fault(fn () => $client->submit(['note' => 'n']));
$client->__setSoapHeaders(new SoapHeader('urn:portico:soap:v1', 'IdempotencyKey', 'key-1', true));
$results['submit'] = $client->submit(['note' => 'n']);

function security(string $password): SoapHeader {
  $wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
  $xml = "<wsse:Security xmlns:wsse=\"$wsse\"><wsse:UsernameToken><wsse:Username>me</wsse:Username>"
    . "<wsse:Password>$password</wsse:Password></wsse:UsernameToken></wsse:Security>";
  return new SoapHeader($wsse, 'Security', new SoapVar($xml, XSD_ANYXML), true);
}
$client->__setSoapHeaders(security('open sesame'));
$client->touch();
$client->__setSoapHeaders(security('wrong'));
$results['wrongPassword'] = fault(fn () => $client->touch());
$client->__setSoapHeaders(new SoapHeader('urn:other', 'Unknown', 'x', true));
$results['mustUnderstand'] = fault(fn () => $client->touch());
echo json_encode($results, JSON_UNESCAPED_SLASHES | JSON_PRETTY_PRINT);
