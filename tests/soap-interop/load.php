<?php
// Loads the WSDLs named as arguments, and prints the operations found in each as JSON.
$found = [];
foreach (array_slice($argv, 1) as $wsdl) {
  $client = new SoapClient($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true]);
  $client->__getTypes();
  // `getCartResponse getCart(getCart $parameters)`, once per binding.
  $names = array_map(fn ($line) => preg_replace('/^\S+ (\w+)\(.*$/', '$1', $line), $client->__getFunctions());
  $found[] = array_values(array_unique($names));
}
echo json_encode($found);
