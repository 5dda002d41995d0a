using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace TreasureHunt.Contracts.Secrets;

/// <summary>
/// Keeps guesses, answers and join codes unreadable outside a process's memory: AES-256-GCM for what must be opened
/// again, HMAC-SHA-256 for what is only compared. The keys live outside the database. Thread-safe.
/// </summary>
public sealed class Seal : IDisposable
{
    private const int NonceBytes = 12, TagBytes = 16;
    private readonly string _prefix;
    private readonly byte[] _macKey;
    private readonly ThreadLocal<AesGcm> _aes;

    /// <param name="keyId">stored beside every sealed text, [a-z0-9-]{1,16}</param>
    /// <param name="key">32 random bytes</param>
    public Seal(string keyId, ReadOnlySpan<byte> key)
    {
        if (key.Length != 32) throw new ArgumentException("A seal key is 32 bytes.", nameof(key));
        var master = key.ToArray();
        var aesKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, master, 32, info: "seal"u8.ToArray());
        _macKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, master, 32, info: "mac"u8.ToArray());
        _aes = new ThreadLocal<AesGcm>(() => new AesGcm(aesKey, TagBytes), trackAllValues: true);
        _prefix = $"s1.{keyId}.";
    }

    /// <summary>"s1.{keyId}.{base64url of nonce, ciphertext, tag}".</summary>
    public string Close(string plain)
    {
        var length = Encoding.UTF8.GetByteCount(plain);
        var sealedBytes = new byte[NonceBytes + length + TagBytes];
        var text = sealedBytes.AsSpan(NonceBytes, length);
        Encoding.UTF8.GetBytes(plain, text);
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceBytes));
        _aes.Value!.Encrypt(sealedBytes.AsSpan(0, NonceBytes), text, text, sealedBytes.AsSpan(NonceBytes + length));
        return _prefix + Base64Url.EncodeToString(sealedBytes);
    }

    /// <exception cref="SealBrokenException">not sealed, sealed under another key, or tampered with</exception>
    public string Open(string sealedText)
    {
        if (!sealedText.StartsWith(_prefix, StringComparison.Ordinal))
            throw new SealBrokenException($"The text is not sealed under key '{_prefix[3..^1]}'.");
        byte[] bytes;
        try
        {
            bytes = Base64Url.DecodeFromChars(sealedText.AsSpan(_prefix.Length));
        }
        catch (FormatException e)
        {
            throw new SealBrokenException("The sealed text is not base64url.", e);
        }
        if (bytes.Length < NonceBytes + TagBytes) throw new SealBrokenException("The sealed text is too short.");
        var text = bytes.AsSpan(NonceBytes, bytes.Length - NonceBytes - TagBytes);
        try
        {
            _aes.Value!.Decrypt(bytes.AsSpan(0, NonceBytes), text, bytes.AsSpan(bytes.Length - TagBytes), text);
        }
        catch (CryptographicException e)
        {
            throw new SealBrokenException("The sealed text was tampered with or sealed under another key.", e);
        }
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Keyed hash for comparison: base64url of the first 16 bytes, 22 characters.</summary>
    /// <param name="context">what the text belongs to, such as hunt and treasure: equal texts elsewhere differ</param>
    public string Mac(string context, string plain)
    {
        var size = Encoding.UTF8.GetMaxByteCount(context.Length + plain.Length) + 1;
        var input = size <= 1024 ? stackalloc byte[1024] : new byte[size];
        var length = Encoding.UTF8.GetBytes(context, input);
        input[length++] = 0;
        length += Encoding.UTF8.GetBytes(plain, input[length..]);
        return Mac(input[..length]);
    }

    public string Mac(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(_macKey, input, hash);
        return Base64Url.EncodeToString(hash[..16]);
    }

    public void Dispose()
    {
        foreach (var aes in _aes.Values) aes.Dispose();
        _aes.Dispose();
    }
}

public sealed class SealBrokenException(string message, Exception? inner = null) : Exception(message, inner);
