using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TreasureHunt.Contracts.Actions;

/// <summary>Rules about ids: what the client chooses (UUIDv7) and the event id derived from it (UUIDv8, RFC 9562).</summary>
public static class ActionIds
{
    /// <summary>An id may be at most this far ahead of the ingress's clock.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    public static bool IsVersion7(Guid id) => id.Version == 7 && (id.Variant & 0xC) == 0x8;

    /// <summary>The 48 bits of Unix milliseconds in a UUIDv7 or in an event id.</summary>
    public static long UnixMilliseconds(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return ((long)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
    }

    /// <summary>The first and the last event id an action of this id can have, whoever sent it: they begin with its time. Both in the order of PostgreSQL's uuid.</summary>
    public static (Guid First, Guid Last) EventIdsOf(Guid actionId)
    {
        Span<byte> first = stackalloc byte[16], last = stackalloc byte[16];
        actionId.TryWriteBytes(first, bigEndian: true, out _);
        first.CopyTo(last);
        first[6..].Clear();
        last[6..].Fill(0xFF);
        return (new Guid(first, bigEndian: true), new Guid(last, bigEndian: true));
    }

    /// <summary>
    /// The event's id: time of the action id, then SHA-256(hunt, actor, action id). Nobody can collide with another
    /// actor's id, and the ids still rise with time, which keeps the unique index on them cheap.
    /// </summary>
    public static Guid EventId(string hunt, string actor, Guid actionId)
    {
        Span<byte> action = stackalloc byte[16];
        actionId.TryWriteBytes(action, bigEndian: true, out _);

        var size = Encoding.UTF8.GetMaxByteCount(hunt.Length + actor.Length) + 18;
        var input = size <= 512 ? stackalloc byte[512] : new byte[size];
        var length = Encoding.UTF8.GetBytes(hunt, input);
        input[length++] = 0;
        length += Encoding.UTF8.GetBytes(actor, input[length..]);
        input[length++] = 0;
        action.CopyTo(input[length..]);
        length += 16;

        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input[..length], hash);
        action[..6].CopyTo(hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
