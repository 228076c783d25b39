import { BaseError } from '@371os/kernel';

export class UnknownEntitiesError extends BaseError {
  constructor({ names }: { names: readonly string[] }) {
    super(
      `Nothing was written: there is no entity ${names.map((name) => `"${name}"`).join(', ')}. Make it with create_entities first.`,
      { details: { names: [...names] } },
    );
  }
}

export class MemoryTooLargeError extends BaseError {
  constructor({ entities, most }: { entities: number; most: number }) {
    super(
      `This memory has ${String(entities)} entities, and at most ${String(most)} are read at once: look for some with search_nodes.`,
      { details: { entities } },
    );
  }
}

export class UnknownMemoryError extends BaseError {
  constructor({ uri }: { uri: string }) {
    super(`There is no memory ${uri.slice(0, 200)} for you: resources/list names those there are.`);
  }
}
