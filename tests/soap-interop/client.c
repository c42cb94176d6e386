/* Knows the stubs that gSOAP made of the WSDL, and nothing else: client ENDPOINT 1|2.
 * Prints one `name=value` per line of what it received. */
#include "soapH.h"
#include "InteropServiceSoap11.nsmap"

static void print_fault(struct soap *soap, const char *name)
{
  struct SOAP_ENV__Detail *detail;
  if (soap->fault == NULL) {
    printf("%s=no fault, error %d\n", name, soap->error);
    return;
  }
  detail = soap->version == 2 ? soap->fault->SOAP_ENV__Detail : soap->fault->detail;
  printf("%s.code=%s\n", name, *soap_faultcode(soap));
  printf("%s.text=%s\n", name, *soap_faultstring(soap));
  if (detail == NULL) return;
  if (detail->ns1__OutOfStock != NULL) {
    printf("%s.sku=%s\n", name, detail->ns1__OutOfStock->sku);
    printf("%s.missing=%d\n", name, detail->ns1__OutOfStock->missing);
  }
  if (detail->ns1__Gone != NULL) printf("%s.gone=yes\n", name);
  if (detail->ns2__Problem != NULL) {
    struct ns2__Problem *problem = detail->ns2__Problem;
    printf("%s.problem=%s\n", name, problem->code);
    printf("%s.violations=%d\n", name, problem->__sizeviolation);
    if (problem->__sizeviolation > 0) printf("%s.pointer=%s\n", name, problem->violation[0].pointer);
  }
}

static void print_echo(const char *name, struct _ns1__echoResponse *answer)
{
  int index;
  printf("%s.text=%s|\n", name, answer->text);
  printf("%s.flag=%d\n", name, answer->flag);
  printf("%s.small=%d\n", name, answer->small);
  printf("%s.large=%lld\n", name, (long long)answer->large);
  printf("%s.ratio=%.17g\n", name, answer->ratio);
  printf("%s.price=%s\n", name, answer->price);
  printf("%s.instant=%lld\n", name, (long long)answer->instant);
  printf("%s.day=%s\n", name, answer->day);
  printf("%s.bytes=%d\n", name, answer->bytes.__size);
  printf("%s.color=%d\n", name, (int)answer->color);
  printf("%s.anything=%s\n", name, answer->anything);
  for (index = 0; index < answer->words->__sizeitem; index++) {
    printf("%s.words.%d=%s\n", name, index, answer->words->item[index]);
  }
  for (index = 0; index < answer->addresses->__sizeitem; index++) {
    struct ns1__Address *address = &answer->addresses->item[index];
    printf("%s.addresses.%d=%s,%s\n", name, index, address->street, address->city ? *address->city : "-");
  }
  for (index = 0; index < answer->counts->__sizeentry; index++) {
    printf("%s.counts.%s=%d\n", name, answer->counts->entry[index].key, answer->counts->entry[index].value);
  }
  if (answer->method->__union_Method == SOAP_UNION__ns1__union_Method_card) {
    printf("%s.card=%s\n", name, answer->method->union_Method.card->number);
  } else {
    printf("%s.transfer=%s\n", name, answer->method->union_Method.transfer->iban ? "iban" : "-");
  }
  printf("%s.tree=%s\n", name, answer->tree->label);
  if (answer->tree->children != NULL) printf("%s.leaf=%s\n", name, answer->tree->children->item[0].label);
  printf("%s.nested=%d,%d\n", name, answer->nested->on, answer->nested->list->__sizeitem);
  printf("%s.maybe=%s\n", name, answer->maybe ? answer->maybe : "-");
  printf("%s.nothing=%s\n", name, answer->nothing ? answer->nothing : "null");
  if (answer->either != NULL) printf("%s.either=%d\n", name, *answer->either);
}

static void echo_full(struct soap *soap, const char *endpoint)
{
  struct _ns1__echo request;
  struct _ns1__echoResponse answer;
  static unsigned char bytes[] = {0, 1, 2, 3, 255};
  static char *words[] = {"one", "", "three"};
  static char *holes[] = {"x", NULL};
  static int numbers[] = {1, 2, 3};
  static int either = 5;
  struct ns1__EchoWords word_list = {3, words};
  static char *city = "C1";
  static char *maybe = "here";
  static char *nothing = "not null";
  struct ns1__Address addresses[2] = {{"S1", &city}, {"S2", NULL}};
  struct ns1__EchoAddresses address_list = {2, addresses};
  struct _ns1__EchoCounts_entry entries[2] = {{"a", 1}, {"b c", 2}};
  struct ns1__EchoCounts counts = {2, entries};
  struct ns1__MethodCard card = {"4242", 100};
  struct ns1__Method method = {SOAP_UNION__ns1__union_Method_card, {&card}};
  struct ns1__Node leaf = {"leaf", NULL};
  struct ns1__NodeChildren children = {1, &leaf};
  struct ns1__Node tree = {"root", &children};
  struct ns1__EchoNestedList list = {3, numbers};
  struct ns1__EchoNested nested = {xsd__boolean__false_, &list};
  struct ns1__EchoHoles hole_list = {2, holes};
  soap_default__ns1__echo(soap, &request);
  request.text = " a <b> & \"c\" \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\nnext ";
  request.flag = xsd__boolean__true_;
  request.small = -7;
  request.large = 9007199254740991LL;
  request.ratio = 0.1;
  request.price = "12345678901234567890.50";
  request.instant = 1769853600;
  request.day = "2026-01-31";
  request.bytes.__ptr = bytes;
  request.bytes.__size = 5;
  request.color = _ns1__echo_color__dark_x0020green;
  request.code = "AB-12";
  request.anything = "{\"a\":[1,null,\"x\"]}";
  request.words = &word_list;
  request.addresses = &address_list;
  request.counts = &counts;
  request.method = &method;
  request.tree = &tree;
  request.nested = &nested;
  request.maybe = &maybe;
  request.nothing = &nothing;
  request.either = &either;
  request.holes = &hole_list;
  if (soap_call___ns1__echo(soap, endpoint, NULL, &request, &answer)) print_fault(soap, "full");
  else print_echo("full", &answer);
}

static void echo_sparse(struct soap *soap, const char *endpoint)
{
  struct _ns1__echo request;
  struct _ns1__echoResponse answer;
  struct ns1__EchoWords no_words = {0, NULL};
  struct ns1__Address address = {"only", NULL};
  struct ns1__EchoAddresses address_list = {1, &address};
  struct ns1__EchoCounts no_counts = {0, NULL};
  struct ns1__MethodTransfer transfer = {NULL};
  struct ns1__Method method;
  struct ns1__Node tree = {"x", NULL};
  struct ns1__EchoNestedList no_list = {0, NULL};
  struct ns1__EchoNested nested = {xsd__boolean__true_, &no_list};
  soap_default__ns1__echo(soap, &request);
  method.__union_Method = SOAP_UNION__ns1__union_Method_transfer;
  method.union_Method.transfer = &transfer;
  request.text = "";
  request.flag = xsd__boolean__false_;
  request.small = 0;
  request.large = -9007199254740991LL;
  request.ratio = -1.5e-7;
  request.price = "0.1";
  request.instant = 1769860800;
  request.day = "1999-12-31";
  request.bytes.__ptr = (unsigned char *)"";
  request.bytes.__size = 0;
  request.color = _ns1__echo_color__red;
  request.code = "ZZ-0";
  request.anything = "\"text\"";
  request.words = &no_words;
  request.addresses = &address_list;
  request.counts = &no_counts;
  request.method = &method;
  request.tree = &tree;
  request.nested = &nested;
  request.nothing = NULL;
  if (soap_call___ns1__echo(soap, endpoint, NULL, &request, &answer)) print_fault(soap, "sparse");
  else print_echo("sparse", &answer);
}

int main(int count, char **arguments)
{
  static const struct { const char *name; enum _ns1__fail_how how; } ends[] = {
    {"OutOfStock", _ns1__fail_how__OutOfStock}, {"Gone", _ns1__fail_how__Gone},
    {"invalid", _ns1__fail_how__invalid}, {"bug", _ns1__fail_how__bug},
  };
  struct soap *soap = soap_new1(SOAP_C_UTFSTRING);
  const char *endpoint = arguments[1];
  struct _ns1__touch touch;
  struct _ns1__touchResponse touched;
  struct _ns1__submit submit = {"n"};
  struct _ns1__submitResponse submitted;
  struct SOAP_ENV__Header header;
  size_t index;
  if (count != 3) return 2;
  soap_set_version(soap, arguments[2][0] == '2' ? 2 : 1);
  echo_full(soap, endpoint);
  echo_sparse(soap, endpoint);
  if (soap_call___ns1__touch(soap, endpoint, NULL, &touch, &touched)) print_fault(soap, "touch");
  else printf("touch=done\n");
  for (index = 0; index < sizeof ends / sizeof *ends; index++) {
    struct _ns1__fail request;
    struct _ns1__failResponse response;
    request.how = ends[index].how;
    soap_call___ns1__fail(soap, endpoint, NULL, &request, &response);
    print_fault(soap, ends[index].name);
  }
  soap_call___ns1__submit(soap, endpoint, NULL, &submit, &submitted);
  print_fault(soap, "keyMissing");
  header.ns2__IdempotencyKey = "key-1";
  soap->header = &header;
  if (soap_call___ns1__submit(soap, endpoint, NULL, &submit, &submitted)) print_fault(soap, "submit");
  else printf("submit=%s\n", submitted.key);
  soap_destroy(soap);
  soap_end(soap);
  soap_free(soap);
  return 0;
}
