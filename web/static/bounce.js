// Leads on with what stands behind the #, which a refresh of the page would drop. The address differs, or the browser
// would stay where it is.
(function () {
  var to = document.querySelector('a').getAttribute('href');
  if (location.hash) to += (to.indexOf('?') < 0 ? '?' : '&') + 'from=link' + location.hash;
  location.replace(to);
})();
