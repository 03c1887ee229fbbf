// Not a module, and in the head: the page must not flash in the other colours before the choice is known.
(() => {
  const key = 'filemonitor.theme';
  const next = { auto: 'light', light: 'dark', dark: 'auto' };
  let theme = next[localStorage.getItem(key)] ? localStorage.getItem(key) : 'auto';

  function apply() {
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new Event('themechange'));
  }

  function label(button) {
    button.textContent = `Theme: ${theme}`;
  }

  apply();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => document.dispatchEvent(new Event('themechange')));
  document.addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    label(button);
    button.addEventListener('click', () => {
      theme = next[theme];
      localStorage.setItem(key, theme);
      label(button);
      apply();
    });
  });
})();
