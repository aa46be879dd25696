import { useSettings } from '../stores/settings.ts';
import { setTheme, useUi } from '../stores/ui.ts';

/** Keeps the page in the theme that the settings ask for, "system" in step with the system, and still under tests. */
export function connectAppearance(): void {
  const light = window.matchMedia('(prefers-color-scheme: light)');

  function apply() {
    const { settings, info } = useSettings.getState();
    const asked = settings?.theme ?? 'dark';
    const theme = asked === 'system' ? (light.matches ? 'light' : 'dark') : asked;
    document.documentElement.dataset.theme = theme;
    if (info?.testing) document.documentElement.dataset.still = '';
    if (useUi.getState().theme !== theme) setTheme(theme);
  }

  light.addEventListener('change', apply);
  useSettings.subscribe(apply);
  apply();
}
