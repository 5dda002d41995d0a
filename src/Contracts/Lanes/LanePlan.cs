using System.Collections.Immutable;
using System.Globalization;
using TreasureHunt.Contracts.Actions;

namespace TreasureHunt.Contracts.Lanes;

/// <summary>
/// Which processor should own which lane: the value of the setting lane.plan. Written "processor-1:0,2 processor-2:1,3", or
/// "none". A lane it does not name is anybody's. Immutable; equal when the same lanes have the same owners.
/// </summary>
public sealed class LanePlan : IEquatable<LanePlan>
{
    public const int MaxProcessors = 64, MaxLanes = 256;

    /// <summary>Holds every plan of <see cref="MaxProcessors"/> with the longest names and <see cref="MaxLanes"/>.</summary>
    public const int MaxCharacters = 6_000;

    private const string NoPlan = "none";

    private readonly ImmutableSortedDictionary<int, string> _owners;

    private LanePlan(ImmutableSortedDictionary<int, string> owners) => _owners = owners;

    public static LanePlan None { get; } = new(ImmutableSortedDictionary<int, string>.Empty);

    public bool IsEmpty => _owners.IsEmpty;

    /// <summary>Owner by lane, in the order of the lanes.</summary>
    public IReadOnlyDictionary<int, string> Owners => _owners;

    /// <summary>null: the plan does not say.</summary>
    public string? OwnerOf(int lane) => _owners.GetValueOrDefault(lane);

    /// <summary>In ascending order.</summary>
    public IEnumerable<int> LanesOf(string processor) => _owners.Where(lane => lane.Value == processor).Select(lane => lane.Key);

    public static LanePlan Of(IEnumerable<KeyValuePair<int, string>> owners) => new(owners.ToImmutableSortedDictionary());

    /// <summary>Each processor once, each lane once; in any order, with any number of spaces between processors.</summary>
    public static bool TryParse(string text, out LanePlan plan)
    {
        plan = None;
        var trimmed = text.Trim();
        if (trimmed.Length == 0 || trimmed.Equals(NoPlan, StringComparison.OrdinalIgnoreCase)) return true;
        if (trimmed.Length > MaxCharacters) return false;
        var owners = ImmutableSortedDictionary.CreateBuilder<int, string>();
        var processors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in trimmed.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !Slug.IsValid(part[..colon]) || !processors.Add(part[..colon]) || processors.Count > MaxProcessors) return false;
            foreach (var number in part[(colon + 1)..].Split(','))
            {
                if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var lane) || lane >= MaxLanes) return false;
                if (!owners.TryAdd(lane, part[..colon])) return false;
            }
        }
        plan = new LanePlan(owners.ToImmutable());
        return true;
    }

    /// <summary>In the one form that is stored: processors in ordinal order, lanes ascending.</summary>
    public override string ToString() => IsEmpty
        ? NoPlan
        : string.Join(' ', _owners.GroupBy(lane => lane.Value, lane => lane.Key).OrderBy(owner => owner.Key, StringComparer.Ordinal)
            .Select(owner => $"{owner.Key}:{string.Join(',', owner)}"));

    public bool Equals(LanePlan? other) => other is not null && _owners.SequenceEqual(other._owners);

    public override bool Equals(object? obj) => Equals(obj as LanePlan);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
