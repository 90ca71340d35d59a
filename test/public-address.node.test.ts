/** Which addresses events may be sent to. */
import { describe, expect, it } from 'vitest'
import { checkTarget } from '../src/public-address'

function verdict(text: string, isLoopbackAllowed = false): string {
  const checked = checkTarget(text, isLoopbackAllowed)
  return checked.ok ? checked.value.href : checked.error
}

describe('the address of a webhook', () => {
  it.each([
    ['https://hooks.example.com/rollcall?key=1', 'https://hooks.example.com/rollcall?key=1'],
    ['https://hooks.example.com:443/', 'https://hooks.example.com/'],
    ['https://hooks.example.com:8443/a#b', 'https://hooks.example.com:8443/a'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://172.32.0.1/', 'https://172.32.0.1/'],
    ['https://100.128.0.1/', 'https://100.128.0.1/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://localhost.example.com/', 'https://localhost.example.com/'],
    ['https://10.example.com/', 'https://10.example.com/'],
  ])('may be %s', (text, href) => {
    expect(verdict(text)).toBe(href)
  })

  it.each([
    ['', 'notAnAddress'],
    ['hooks.example.com', 'notAnAddress'],
    ['https://', 'notAnAddress'],
    ['https://256.256.256.256/', 'notAnAddress'],
    [`https://hooks.example.com/${'a'.repeat(2_000)}`, 'tooLong'],
    ['http://hooks.example.com/', 'notEncrypted'],
    ['ftp://hooks.example.com/', 'notEncrypted'],
    ['file:///etc/passwd', 'notEncrypted'],
    ['javascript:alert(1)', 'notEncrypted'],
    ['data:text/plain,x', 'notEncrypted'],
    ['https://ann@hooks.example.com/', 'credentials'],
    ['https://ann:secret@hooks.example.com/', 'credentials'],
    ['https://8.8.8.8@127.0.0.1/', 'credentials'],
    ['https://hooks.example.com:80/', 'port'],
    ['https://hooks.example.com:22/', 'port'],
    ['https://hooks.example.com:6443/', 'port'],
    // Loopback, in every spelling that resolvers take.
    ['https://127.0.0.1/', 'privateAddress'],
    ['https://127.1/', 'privateAddress'],
    ['https://2130706433/', 'privateAddress'],
    ['https://0x7f000001/', 'privateAddress'],
    ['https://0x7f.1/', 'privateAddress'],
    ['https://0177.0.0.1/', 'privateAddress'],
    ['https://017700000001/', 'privateAddress'],
    ['https://127.0.0.1./', 'privateAddress'],
    ['https://%31%32%37.0.0.1/', 'privateAddress'],
    ['https://１２７.０.０.１/', 'privateAddress'],
    ['https://127。0。0。1/', 'privateAddress'],
    ['https:\\\\127.0.0.1\\', 'privateAddress'],
    ['https://0.0.0.0/', 'privateAddress'],
    ['https://0/', 'privateAddress'],
    ['https://127.255.255.255/', 'privateAddress'],
    // Private networks, carrier-grade NAT, link-local with the metadata services, and the rest.
    ['https://10.0.0.1/', 'privateAddress'],
    ['https://172.16.0.1/', 'privateAddress'],
    ['https://172.31.255.255/', 'privateAddress'],
    ['https://192.168.1.1/', 'privateAddress'],
    ['https://100.64.0.1/', 'privateAddress'],
    ['https://100.100.100.200/', 'privateAddress'],
    ['https://100.127.255.255/', 'privateAddress'],
    ['https://169.254.169.254/latest/meta-data/', 'privateAddress'],
    ['https://0xa9fea9fe/', 'privateAddress'],
    ['https://168.63.129.16/', 'privateAddress'],
    ['https://192.0.0.192/', 'privateAddress'],
    ['https://192.0.2.1/', 'privateAddress'],
    ['https://198.18.0.1/', 'privateAddress'],
    ['https://198.51.100.1/', 'privateAddress'],
    ['https://203.0.113.1/', 'privateAddress'],
    ['https://224.0.0.1/', 'privateAddress'],
    ['https://239.255.255.250/', 'privateAddress'],
    ['https://240.0.0.1/', 'privateAddress'],
    ['https://255.255.255.255/', 'privateAddress'],
    // The same by version 6, and what carries version 4.
    ['https://[::1]/', 'privateAddress'],
    ['https://[::]/', 'privateAddress'],
    ['https://[::ffff:127.0.0.1]/', 'privateAddress'],
    ['https://[::ffff:7f00:1]/', 'privateAddress'],
    ['https://[::ffff:8.8.8.8]/', 'privateAddress'],
    ['https://[::127.0.0.1]/', 'privateAddress'],
    ['https://[64:ff9b::127.0.0.1]/', 'privateAddress'],
    ['https://[fe80::1]/', 'privateAddress'],
    ['https://[fc00::1]/', 'privateAddress'],
    ['https://[fd00:ec2::254]/', 'privateAddress'],
    ['https://[ff02::1]/', 'privateAddress'],
    ['https://[2001::1]/', 'privateAddress'],
    ['https://[2001:db8::1]/', 'privateAddress'],
    ['https://[2002:7f00:1::]/', 'privateAddress'],
    ['https://[3fff::1]/', 'privateAddress'],
    ['https://[100::1]/', 'privateAddress'],
    ['https://localhost/', 'privateName'],
    ['https://LOCALHOST/', 'privateName'],
    ['https://localhost./', 'privateName'],
    ['https://app.localhost/', 'privateName'],
    ['https://printer.local/', 'privateName'],
    ['https://metadata.google.internal/', 'privateName'],
    ['https://metadata.google.internal./', 'privateName'],
    ['https://intranet/', 'privateName'],
    ['https://router.home.arpa/', 'privateName'],
    ['https://build.corp/', 'privateName'],
    ['https://nas.lan/', 'privateName'],
  ])('may not be %s: %s', (text, reason) => {
    expect(verdict(text)).toBe(reason)
  })

  it('may be on this machine in development alone', () => {
    for (const text of [
      'http://127.0.0.1:9000/hook',
      'http://localhost:9000/',
      'https://[::1]:9000/',
    ]) {
      expect(verdict(text, true)).toBe(new URL(text).href)
      expect(verdict(text)).not.toBe(new URL(text).href)
    }
    expect(verdict('http://hooks.example.com/', true)).toBe('notEncrypted')
    expect(verdict('http://10.0.0.1/', true)).toBe('notEncrypted')
    expect(verdict('https://10.0.0.1/', true)).toBe('privateAddress')
    expect(verdict('ftp://localhost/', true)).toBe('notEncrypted')
  })
})
