// Sets the text size before the first paint. Runs before the modules, so it stands alone.
(function () {
  var size = null;
  try { size = localStorage.getItem('xiaohe.text'); } catch (e) { /* storage is blocked: standard size */ }
  if (size === 'large' || size === 'huge') document.documentElement.dataset.text = size;
})();
