// 复制密钥: puts the key that is shown this once on the clipboard. Without this the key is selected with one press and copied
// by hand. Stands alone.
(function () {
  var key = document.querySelector('.key');
  var place = document.querySelector('.copy');
  if (!key || !place || !navigator.clipboard) return; // which exists on https only
  place.hidden = false;
  place.querySelector('button').addEventListener('click', function () {
    var say = function (words) { place.querySelector('[role=status]').textContent = words; };
    navigator.clipboard.writeText(key.textContent).then(function () { say('✓ 已复制'); }, function () { say('没复制成，请长按上面的密钥来复制'); });
  });
})();
