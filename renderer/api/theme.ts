import { useSettings } from '../stores/settings.ts';
import { setTheme, useUi } from '../stores/ui.ts';

/** Keeps the page in the theme that the settings ask for, and "system" in step with the system. */
export function connectTheme(): void {
  const light = window.matchMedia('(prefers-color-scheme: light)');

  function apply() {
    const asked = useSettings.getState().settings?.theme ?? 'dark';
    const theme = asked === 'system' ? (light.matches ? 'light' : 'dark') : asked;
    document.documentElement.dataset.theme = theme;
    if (useUi.getState().theme !== theme) setTheme(theme);
  }

  light.addEventListener('change', apply);
  useSettings.subscribe(apply);
  apply();
}
