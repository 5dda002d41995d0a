using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Processors.Hunts;

/// <summary>A decided action as the hunt remembers it.</summary>
/// <param name="Version">the hunt's stream version of its fact</param>
/// <param name="Body">first 64 bits of the body's fingerprint</param>
public readonly record struct RecentAction(long Version, ulong Body)
{
    /// <summary>False: the same id came with another body, a conflict.</summary>
    public bool Matches(string fingerprint) => KeyedHash.Parse(fingerprint).High == Body;
}

/// <summary>
/// The event ids of the last <see cref="Capacity"/> facts of a hunt. As every fact has one id, the slot of an id is its
/// version modulo the capacity, and versions need not be kept. Grows with the hunt; a full ring takes some 700 KiB.
/// Worked by the hunt's lane worker alone.
/// </summary>
public sealed class RecentActions
{
    public const int Capacity = 20_000;

    private readonly Dictionary<Guid, int> _slots = [];
    private readonly List<(Guid EventId, ulong Body)> _ring = [];
    private long _latest;

    /// <summary>Number of ids remembered.</summary>
    public int Count => _ring.Count;

    /// <summary>Largest time (ms since 1970, from the client's id) of any forgotten id; -1: none was forgotten.</summary>
    internal long ForgottenUntil { get; private set; } = -1;

    public bool TryGet(Guid eventId, out RecentAction recent)
    {
        if (!_slots.TryGetValue(eventId, out var slot))
        {
            recent = default;
            return false;
        }
        var back = (int)((_latest - 1) % Capacity) - slot;
        recent = new RecentAction(_latest - (back < 0 ? back + Capacity : back), _ring[slot].Body);
        return true;
    }

    /// <summary>
    /// True when an id that is not in the ring may have been decided before all the same: only then the store must be
    /// asked. The unique index on event ids stands behind this.
    /// </summary>
    public bool MightBeForgotten(Guid eventId) => ActionIds.UnixMilliseconds(eventId) <= ForgottenUntil;

    /// <param name="version">one more than that of the id added before</param>
    public void Add(long version, Guid eventId, ulong body)
    {
        var slot = (int)((version - 1) % Capacity);
        if (slot < _ring.Count)
        {
            var old = _ring[slot].EventId;
            if (_slots.TryGetValue(old, out var at) && at == slot) _slots.Remove(old);
            ForgottenUntil = Math.Max(ForgottenUntil, ActionIds.UnixMilliseconds(old));
            _ring[slot] = (eventId, body);
        }
        else
        {
            _ring.Add((eventId, body));
        }
        _slots[eventId] = slot;
        _latest = version;
    }

    internal void Write(BinaryWriter to)
    {
        to.Write(ForgottenUntil);
        to.Write7BitEncodedInt(_ring.Count);
        Span<byte> id = stackalloc byte[16];
        foreach (var (eventId, body) in _ring)
        {
            eventId.TryWriteBytes(id);
            to.Write(id);
            to.Write(body);
        }
    }

    /// <param name="latest">the hunt's version: that of the last id added</param>
    internal void Read(BinaryReader from, long latest)
    {
        ForgottenUntil = from.ReadInt64();
        var count = from.Read7BitEncodedInt();
        _slots.EnsureCapacity(count);
        _ring.Capacity = count;
        Span<byte> id = stackalloc byte[16];
        for (var slot = 0; slot < count; slot++)
        {
            from.BaseStream.ReadExactly(id);
            var eventId = new Guid(id);
            _ring.Add((eventId, from.ReadUInt64()));
            _slots[eventId] = slot;
        }
        _latest = latest;
    }
}
