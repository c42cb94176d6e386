import type { Payment } from './payments.ts';

/** The page of the customer's bank: two buttons, no script. */
export function renderChallenge(payment: Payment): string {
  const asked = payment.state === 'actionRequired';
  const body = asked
    ? `<p>A shop asks for <strong>${payment.amount} ${escapeHtml(payment.currency)}</strong> (minor units)
       from your ${escapeHtml(payment.card.brand)} card ending in ${escapeHtml(payment.card.last4)}.</p>
       <form method="post">
         <button name="decision" value="approve">Approve the payment</button>
         <button name="decision" value="reject">Reject the payment</button>
       </form>`
    : `<p>There is nothing to confirm: the payment is ${escapeHtml(payment.state)}.</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sandbox bank: confirm a payment</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 32rem; padding: 0 1rem }
  button { font: inherit; padding: .6rem 1rem; margin: 0 .5rem .5rem 0 }
</style>
</head>
<body><main><h1>Confirm a payment</h1>
${body}
<p>This is a sandbox. No money moves.</p></main></body>
</html>
`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
