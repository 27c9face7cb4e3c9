// Asks the browser for a passkey and sends what it gives with the page's form: at once, and again at the button, since some browsers want
// to see a click first.
const form = document.getElementById('passkey');
const button = form.querySelector('button');
const failed = document.getElementById('failed');

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

const ask = async () => {
  failed.hidden = true;
  try {
    const publicKey = JSON.parse(form.dataset.options);
    publicKey.challenge = bytes(publicKey.challenge);
    for (const known of publicKey.allowCredentials) known.id = bytes(known.id);
    const { id, type, response } = await navigator.credentials.get({ publicKey });
    form.elements.credential.value = JSON.stringify({
      id,
      type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: response.userHandle ? text(response.userHandle) : null,
      },
    });
    form.submit();
  } catch {
    failed.hidden = false;
  }
};

button.hidden = false;
button.addEventListener('click', (event) => {
  event.preventDefault();
  ask();
});
ask();
