"""Knows the WSDL and nothing else: client.py WSDL 1|2"""
import base64
import datetime
import json
import sys
from decimal import Decimal

from zeep import Client, xsd
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.wsse.username import UsernameToken

wsdl, version = sys.argv[1:]
service = "InteropService"
port = f"{service}Soap1{version}"
client = Client(wsdl, service_name=service, port_name=port)
api = client.service
results = {}
zone = datetime.timezone(datetime.timedelta(hours=2))

full = dict(
    text=' a <b> & "c" \u00e4\u20ac\U0001f600\nnext ',
    flag=True, small=-7, large=9007199254740991, ratio=0.1,
    price=Decimal("12345678901234567890.50"),
    instant=datetime.datetime(2026, 1, 31, 12, 0, 0, 250000, tzinfo=zone),
    day=datetime.date(2026, 1, 31), bytes=b"\x00\x01\x02\x03\xff", color="dark green",
    code="AB-12", anything=json.dumps({"a": [1, None, "x"]}),
    words={"item": ["one", "", "three"]},
    addresses={"item": [{"street": "S1", "city": "C1"}, {"street": "S2"}]},
    counts={"entry": [{"key": "a", "value": 1}, {"key": "b c", "value": 2}]},
    method={"card": {"number": "4242", "cents": 100}},
    tree={"label": "root", "children": {"item": [{"label": "leaf"}]}},
    nested={"on": False, "list": {"item": [1, 2, 3]}},
    maybe="here", nothing="not null", either=5, holes={"item": ["x", xsd.Nil]},
)
sparse = dict(
    text="", flag=False, small=0, large=-9007199254740991, ratio=-1.5e-7, price=Decimal("0.1"),
    instant=datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc),
    day=datetime.date(1999, 12, 31), bytes=b"", color="red", code="ZZ-0", anything='"text"',
    words={}, addresses={"item": [{"street": "only"}]}, counts={}, method={"transfer": {}},
    tree={"label": "x"}, nested={"on": True, "list": {}}, nothing=xsd.Nil,
)


def fault(call):
    try:
        call()
        return {"none": True}
    except Fault as problem:
        from lxml import etree
        detail = problem.detail
        children = [] if detail is None else list(detail)
        typed = [
            serialize_object(client.wsdl.types.deserialize(child), dict) for child in children
        ]
        names = [etree.QName(child).localname for child in children]
        return {"code": problem.code, "text": problem.message, "detail": dict(zip(names, typed))}


results["full"] = serialize_object(api.echo(**full), dict)
results["sparse"] = serialize_object(api.echo(**sparse), dict)
results["nulled"] = api.echo(**{**full, "either": xsd.Nil}).either
results["touch"] = api.touch()
for how in ("OutOfStock", "Gone", "invalid", "bug"):
    results[how] = fault(lambda: api.fail(how=how))
results["keyMissing"] = fault(lambda: api.submit(note="n"))
results["submit"] = {"key": api.submit(note="n", _soapheaders={"IdempotencyKey": "key-1"})}


def secured(password):
    token = UsernameToken("me", password)
    return Client(wsdl, service_name=service, port_name=port, wsse=token).service


secured("open sesame").touch()
results["wrongPassword"] = fault(lambda: secured("wrong").touch())


def plain(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else str(value)


print(json.dumps(results, default=plain))
