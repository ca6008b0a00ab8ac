// Sets the chosen colours before the first paint. Runs before the modules, so it stands alone.
(function () {
  var theme = null;
  try { theme = JSON.parse(localStorage.getItem('xiaohe.console.theme')); } catch (e) { /* storage is blocked: as the system has it */ }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
