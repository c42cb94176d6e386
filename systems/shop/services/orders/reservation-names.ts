/** The name of an order's second reservation, when the first one ran out while the customer paid. */
export function secondReservation(orderId: string): string {
  return `${orderId}:2`;
}

/** The keys that checkout reserves under, for whoever gives its reservations back later. */
export function reserveKeys(orderId: string): readonly { reservation: string; key: string }[] {
  return [
    { reservation: orderId, key: `${orderId}/reserve/inventory.reserve` },
    { reservation: secondReservation(orderId), key: `${orderId}/pin/second` },
  ];
}
