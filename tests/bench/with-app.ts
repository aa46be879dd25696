import { setup } from '../../build/e2e-setup.ts';
import { launchApp, makeHome, removeHome, type TestApp } from '../e2e/support/launch.ts';

/**
 * Runs the built app with a screen and a home of its own, as long as it is measured.
 *
 * @param parameters more arguments, from the home that the app gets
 */
export async function withApp<Result>(
  measure: (app: TestApp) => Promise<Result>,
  parameters: (home: string) => Promise<string[]> = async () => [],
): Promise<Result> {
  const stopDisplay = await setup();
  const home = await makeHome();
  const app = await launchApp(home, { parameters: await parameters(home) });
  try {
    return await measure(app);
  } finally {
    await app.end();
    await removeHome(home);
    stopDisplay();
  }
}
