/** Pictures of every screen for people to look at: SHOTS=folder script/e2e.sh shots.spec.ts */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SCREENS, test, type Screen as Size } from './support/fixtures';
import { signIn } from './support/people';
import { setScene, type Scene } from './support/scene';
import { SCREENS_OF, show, type Role } from './support/screens';

const FOLDER = process.env['SHOTS'] ?? 'shots';

test.use({ suite: 'shots' });
test.setTimeout(600_000);

let scene: Scene | undefined;

for (const role of Object.keys(SCREENS_OF) as Role[]) {
  for (const size of Object.keys(SCREENS) as Size[]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${role}, ${size}, ${colorScheme}`, async ({ lignum, device }) => {
        const here = (scene ??= await setScene(lignum));
        const { width, height } = SCREENS[size].viewport;
        const folder = join(FOLDER, `${width}x${height}-${colorScheme}`);
        mkdirSync(folder, { recursive: true });
        const phone = await device(size, { colorScheme, reducedMotion: 'reduce' });
        if (role !== 'nobody') await signIn(phone, role as 'officer');
        for (const screen of SCREENS_OF[role]) {
          await test.step(screen.name, async () => {
            await show(phone.page, screen, here);
            const path = join(folder, `${role}-${screen.name}.png`);
            await phone.page.screenshot({ path });
            const tall = await phone.page.evaluate(() => document.documentElement.scrollHeight > innerHeight * 1.2);
            if (tall) await phone.page.screenshot({ path: path.replace('.png', '-whole.png'), fullPage: true });
          });
        }
      });
    }
  }
}
