// The link of a notification names its ticket behind the #, which the browser sends to no server: the login takes it
// along. Stands alone.
(function () {
  var hash = location.hash;
  if (!hash) return;
  var back = document.querySelector('input[name=back]');
  if (back && back.value && back.value.indexOf('#') < 0) back.value += hash;
  var sso = document.querySelector('a[href^="/login/oidc"]');
  if (sso && /back=.+/.test(sso.getAttribute('href'))) sso.setAttribute('href', sso.getAttribute('href') + encodeURIComponent(hash));
})();
