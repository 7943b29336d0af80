import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hubCacheRoot } from '../../../src/store/hubCacheRoot';

describe('hubCacheRoot', () => {
  it.each([
    [{ HF_HUB_CACHE: '/a/b', HF_HOME: '/c' }, '/a/b'],
    [{ HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/c/hub'],
    [{ XDG_CACHE_HOME: '/d' }, '/d/huggingface/hub'],
    [{}, join(homedir(), '.cache/huggingface/hub')],
    [{ HF_HUB_CACHE: '', HF_HOME: '' }, join(homedir(), '.cache/huggingface/hub')],
    [{ HF_HOME: '~/hf' }, join(homedir(), 'hf/hub')],
  ])('%j', (environment, expected) => expect(hubCacheRoot(environment)).toBe(join(expected)));
});
