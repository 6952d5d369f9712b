import { describe, expect, test } from 'bun:test';
import { parsableUrl, pathOf, queryOf } from '../../src/core/request-target.ts';

describe('the path of a request is the one that was sent', () => {
  test.each([
    ['http://localhost/health', '/health'],
    ['http://localhost/health?a=/metrics', '/health'],
    ['http://localhost/health#/metrics', '/health'],
    ['http://localhost', '/'],
    ['http://nas/a//b', '/a//b'],
    ['https://[::1]:7331/health', '/health'],
    ['/health', '/health'],
    ['/abc/metrics', '/abc/metrics'],
    ['//abc/metrics', '//abc/metrics'],
    ['/abc?x=//b/metrics', '/abc'],
    ['/http://b/metrics', '/http://b/metrics'],
    ['/', '/'],
    ['a:80', '/a:80'],
  ])('%s', (url, path) => {
    expect(pathOf(url)).toBe(path);
  });

  test.each([
    ['http://localhost/a?b=c', 'b=c'],
    ['/a?b=c&d=/e?f', 'b=c&d=%2Fe%3Ff'],
    ['/a?b=c#?d=e', 'b=c'],
    ['/a#?b=c', ''],
    ['/a', ''],
  ])('with its own parameters: %s', (url, query) => {
    expect(queryOf(url).toString()).toBe(query);
  });

  test.each([
    ['http://localhost/a/b?c', 'http://localhost/a/b?c'],
    ['http://nas/a/b?c', 'http://localhost/a/b?c'],
    ['/a/b?c', 'http://localhost/a/b?c'],
    ['//a/b', 'http://localhost//a/b'],
    ['/a/../b', 'http://localhost/%2Fa%2F..%2Fb'],
    ['/a/%2e%2E/b', 'http://localhost/%2Fa%2F%252e%252E%2Fb'],
    ['/a\\..\\b', 'http://localhost/%2Fa%5C..%5Cb'],
    ['a:80', 'http://localhost/a:80'],
    ['/a/b?c#d', 'http://localhost/a/b?c'],
    ['/a#/../b', 'http://localhost/a'],
    ['http://localhost/a#d', 'http://localhost/a'],
    ['http://example.com/a?c#d', 'http://localhost/a?c'],
  ])('for every parser: %s', (url, whole) => {
    expect(parsableUrl(url)).toBe(whole);
  });
});
