#!/usr/bin/env bash
# A whole purchase over REST, with curl alone: register, sign in, search, fill a cart, ask for the
# price, pay with a test card, read the order. The shop must be running (npm start).
set -euo pipefail
shop=${1:-http://127.0.0.1:8080}
json='content-type: application/json'
# Picks one value out of an answer; any JSON tool will do.
get() { node -e 'let t="";process.stdin.on("data",d=>t+=d).on("end",()=>console.log(eval("JSON.parse(t)"+process.argv[1])))' "$1"; }
key() { echo "Idempotency-Key: $(date +%s%N)-$RANDOM"; }

email="ada-$RANDOM$RANDOM@example.org"
curl -sSf "$shop/identity/v1/accounts" -H "$json" -H "$(key)" \
  -d "{\"email\":\"$email\",\"password\":\"correct horse battery\"}"; echo

token=$(curl -sSf "$shop/identity/v1/sessions" -H "$json" \
  -d "{\"email\":\"$email\",\"password\":\"correct horse battery\"}" | get .accessToken)
me="authorization: Bearer $token"

sku=$(curl -sSf "$shop/catalog/v1/products?q=storm%20lantern&limit=5" | get '.items[1].skus[0]')
echo "putting one $sku into the cart"
curl -sSf "$shop/cart/v1/mine/items" -H "$json" -H "$me" -H "$(key)" \
  -d "{\"sku\":\"$sku\",\"quantity\":1}"; echo

quote=$(curl -sSf "$shop/orders/v1/quote?country=DE" -H "$me")
version=$(get .cartVersion <<<"$quote")
amount=$(get .total.amount <<<"$quote")

# A page would send the card straight to the payment provider; the shop only ever sees the token.
provider=$(curl -sSf "$shop/payments/v1/config" | get .tokenUrl)
card=$(curl -sSf "$provider" -H 'authorization: Bearer pk_sandbox' -H "$json" \
  -d '{"number":"4242424242424242","expMonth":12,"expYear":2030,"cvc":"123"}' | get .token)

order=$(curl -sSf "$shop/orders/v1/orders" -H "$json" -H "$me" -H "$(key)" -d "{
  \"cartVersion\": $version,
  \"expectedTotal\": { \"amount\": $amount, \"currency\": \"EUR\" },
  \"contact\": { \"name\": \"Ada Example\", \"email\": \"$email\" },
  \"shippingAddress\": { \"name\": \"Ada Example\", \"line1\": \"Lindenweg 1\", \"postalCode\": \"04109\",
                         \"city\": \"Leipzig\", \"country\": \"DE\" },
  \"paymentToken\": \"$card\" }" | get .orderId)

# Answers as soon as the order is no longer pending.
curl -sSf "$shop/orders/v1/orders/$order?wait=10" -H "$me" |
  node -e 'let t="";process.stdin.on("data",d=>t+=d).on("end",()=>{const o=JSON.parse(t);console.log(`order ${o.orderId}: ${o.state}, ${o.payment}, ${o.total.amount/100} ${o.total.currency}`)})'
