/** The name of an order's second reservation, when the first one ran out while the customer paid. */
export function newestReservation(orderId: string): string {
  return `${orderId}:2`;
}

/** The key under which a reservation is made, and which its release names. */
export function reserveKey(reservation: string): string {
  const [orderId = '', second] = reservation.split(':');
  return `${orderId}/reserve${second ? `:${second}` : ''}/inventory.reserve`;
}
