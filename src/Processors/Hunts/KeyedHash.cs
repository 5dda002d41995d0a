using System.Buffers.Binary;
using System.Buffers.Text;

namespace TreasureHunt.Processors.Hunts;

/// <summary>A keyed hash (Seal.Mac) as 128 bits: a third of the memory of its 22 characters, and quick to compare.</summary>
internal readonly record struct KeyedHash(ulong High, ulong Low)
{
    /// <exception cref="FormatException">not 22 characters of base64url: the fact was not written by this engine</exception>
    public static KeyedHash Parse(string mac)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (mac.Length != 22 || !Base64Url.TryDecodeFromChars(mac, bytes, out var written) || written != 16)
            throw new FormatException("A keyed hash is 22 characters of base64url.");
        return new KeyedHash(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    public bool Equals(KeyedHash other) => High == other.High && Low == other.Low;

    public override int GetHashCode() => (int)High;
}
