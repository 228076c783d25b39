import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OWNER } from '@371os/kernel';
import { answering, RoutedCompany } from './company-fixture.ts';

// A company without a language model.
const START_MS = 120_000;
const ASK_MS = 60_000;

let company: RoutedCompany;
beforeAll(async () => {
  company = await RoutedCompany.start();
  await company.hire('CTO Zara', {
    role: 'CTO',
    examples: ['Fix the server'],
    works: answering(() => 'It is fixed.'),
  });
}, START_MS);
afterAll(() => company.stop(), START_MS);

test(
  'a part on a condition waits, since its rule would do it in any case',
  async () => {
    const { tasks } = await company.ask(
      'Is the server down? If so, restart the server of the shop.',
    );
    expect(tasks).toMatchObject([
      { state: 'COMPLETED' },
      { state: 'INPUT_REQUIRED', waitingFor: 'language-model' },
    ]);
    expect(tasks[1]?.answer).toContain('("if so")');
  },
  ASK_MS,
);

test(
  'nobody is asked, and the doubts are kept',
  async () => {
    await company.ask('Repariere bitte den Login und schreibe danach einen Beitrag');
    const [last] = await company.router.lastDecisions({ requesterId: OWNER.id }, 1);
    expect(last?.part.split).toMatchObject({ by: 'rules', costPico: 0n });
    expect(last?.part.split.doubts).toContain('it is not in English');
    expect(last?.part.split.model).toBeUndefined();
  },
  ASK_MS,
);

test(
  'a first part that waits for a later one is done after it, and a circle is told',
  async () => {
    const order: string[] = [];
    await company.hire('CFO Maya', {
      role: 'CFO',
      examples: ['Close the books'],
      works: answering((text) => {
        order.push(text);
        return 'Done.';
      }),
    });
    const first = 'Draft the tax return of the company';
    const second = 'check the bank accounts and the invoices';
    const reply = await company.ask(`${first}, but first ${second}.`);
    expect(reply.tasks.map(({ text, state }) => [text, state])).toEqual([
      [first, 'COMPLETED'],
      [second, 'COMPLETED'],
    ]);
    expect(order).toEqual([second, first]);
    const circle = await company.ask('1. close the books after 2\n2. file the tax return after 1');
    expect(circle.text).toContain('part 1 was to wait for part 2, which waits for it');
  },
  ASK_MS,
);
