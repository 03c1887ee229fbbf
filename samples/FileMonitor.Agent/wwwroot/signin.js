import { forgetToken, setToken } from './agent.js';

/** The form for the token, and the button that forgets it: of the agent's page and of the collector's. */
export function listenToSignIn($, { begin, askForToken }) {
  $('signin').addEventListener('submit', event => {
    event.preventDefault();
    const token = $('token').value.trim();
    $('token').value = '';
    // What a header cannot hold would look like a server that does not answer.
    if (/^[\x21-\x7e]+$/.test(token)) {
      setToken(token);
      begin();
    } else {
      askForToken('A token has no spaces and only plain characters.');
    }
  });

  $('signout').addEventListener('click', () => {
    forgetToken();
    askForToken('');
  });
}
