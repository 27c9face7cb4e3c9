// Takes the token of a mailed link out of the address, and the field for it out of sight.
const mailed = location.hash.slice(1);
if (mailed) {
  document.getElementById('token').value = mailed;
  document.getElementById('link').hidden = true;
  history.replaceState(null, '', location.pathname);
}
