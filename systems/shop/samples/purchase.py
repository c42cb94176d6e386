"""A whole purchase over SOAP with zeep, from the WSDLs alone. The shop must be running (npm start).
Needs python3-zeep."""

import json
import sys
import urllib.request
import uuid

import requests
from zeep import Client
from zeep.transports import Transport

shop = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"


def client(api, token=None):
    session = requests.Session()
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    return Client(f"{shop}/soap/{api}/v1?wsdl", transport=Transport(session=session)).service


def once():
    """What changes something once carries a key of the client's choice, in a header the WSDL declares."""
    return {"IdempotencyKey": uuid.uuid4().hex}


email = f"zeep-{uuid.uuid4().hex[:12]}@example.org"
password = "correct horse battery"
identity = client("identity")
account = identity.register(email=email, password=password, _soapheaders=once())
print("registered", account.accountId)
token = identity.signIn(email=email, password=password).accessToken

found = client("catalog").listProducts(q="storm lantern", limit=5)
sku = found["items"].item[1].skus.item[0]
print("putting one", sku, "into the cart")
client("cart", token).addItem(sku=sku, quantity=1, _soapheaders=once())

orders = client("orders", token)
quote = orders.getQuote(country="DE")

config = client("payments").getPaymentConfig()
card = urllib.request.Request(
    config.tokenUrl,
    data=json.dumps(
        {"number": "4242424242424242", "expMonth": 12, "expYear": 2030, "cvc": "123"}
    ).encode(),
    headers={
        "Content-Type": "application/json",
        "Authorization": f"Bearer {config.publishableKey}",
    },
)
payment_token = json.load(urllib.request.urlopen(card))["token"]

order = orders.placeOrder(
    cartVersion=quote.cartVersion,
    expectedTotal={"amount": quote.total.amount, "currency": quote.total.currency},
    contact={"name": "Ada Example", "email": email},
    shippingAddress={
        "name": "Ada Example",
        "line1": "Lindenweg 1",
        "postalCode": "04109",
        "city": "Leipzig",
        "country": "DE",
    },
    paymentToken=payment_token,
    _soapheaders=once(),
)
order = orders.getOrder(orderId=order.orderId, wait=10)
print(
    f"order {order.orderId}: {order.state}, {order.payment}, "
    f"{order.total.amount / 100:.2f} {order.total.currency}"
)
sys.exit(0 if order.state == "confirmed" else 1)
