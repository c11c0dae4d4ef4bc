//! A contract's address from the 32 bytes of its id, by way of its text form (SEP-23): the host reads nothing else.
use soroban_sdk::{Address, BytesN, Env, String};

const CONTRACT_VERSION: u8 = 2 << 3;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub fn address(env: &Env, id: &BytesN<32>) -> Address {
    let mut raw = [0u8; 32];
    for (place, byte) in raw.iter_mut().zip(id.iter()) {
        *place = byte;
    }
    let text = encode(&raw);
    Address::from_string(&String::from_bytes(env, &text))
}

fn encode(id: &[u8; 32]) -> [u8; 56] {
    let mut payload = [0u8; 35];
    payload[0] = CONTRACT_VERSION;
    payload[1..33].copy_from_slice(id);
    let checksum = crc16(&payload[..33]);
    payload[33..].copy_from_slice(&checksum.to_le_bytes());
    // 35 bytes are exactly 56 groups of five bits.
    let mut text = [0u8; 56];
    for (position, letter) in text.iter_mut().enumerate() {
        let (byte, shift) = (position * 5 / 8, position * 5 % 8);
        let next = if byte + 1 < payload.len() { payload[byte + 1] } else { 0 };
        let window = u16::from_be_bytes([payload[byte], next]);
        *letter = ALPHABET[usize::from((window >> (11 - shift)) & 31)];
    }
    text
}

/// CRC16-XModem, as SEP-23 asks.
fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    crc
}
