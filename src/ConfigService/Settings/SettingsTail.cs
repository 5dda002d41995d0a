using System.Collections.Immutable;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>The stream as folded up to a moment: where it stands and the last versions as they are announced. Immutable.</summary>
/// <param name="Recent">in order, the last of them is the latest; never empty</param>
public sealed record SettingsTail(SettingsState State, ImmutableArray<SettingsMessage> Recent)
{
    /// <summary>Versions a process may have missed and still fold one by one; after more it takes the latest whole.</summary>
    public const int MaxRecent = 512;

    /// <summary>Every version travels with all its values: an answer ends with the version that brings it over so many, and who asked comes again.</summary>
    public const int ValuesPerAnswer = 20_000;

    public static SettingsTail Begin { get; } = new(SettingsState.Initial, [SettingsState.Initial.Announce(null)]);

    public SettingsMessage Latest => Recent[^1];

    public SettingsTail With(IReadOnlyList<SettingsChange> changes)
    {
        var announced = changes.Skip(changes.Count - MaxRecent).ToList(); // of a long history only these: each is hashed
        var state = changes.Take(changes.Count - announced.Count).Aggregate(State, SettingsState.Evolve);
        var recent = ImmutableArray.CreateBuilder<SettingsMessage>(Math.Min(Recent.Length + announced.Count, MaxRecent));
        recent.AddRange(Recent.Skip(Recent.Length + announced.Count - MaxRecent));
        foreach (var change in announced)
        {
            state = SettingsState.Evolve(state, change);
            recent.Add(state.Announce(change));
        }
        return new SettingsTail(state, recent.MoveToImmutable());
    }

    /// <summary>What one who holds this version and hash must know: nothing, the next versions (not all, where they have many values), or the latest to be taken whole.</summary>
    public IEnumerable<SettingsMessage> After(long version, string? hash)
    {
        if (version == State.Version) return hash is null || hash == State.Values.Hash ? [] : [Latest];
        return version > State.Version || version < Recent[0].Version - 1 ? [Latest] : Page(Recent.Where(message => message.Version > version));
    }

    private static IEnumerable<SettingsMessage> Page(IEnumerable<SettingsMessage> messages)
    {
        var values = 0;
        foreach (var message in messages)
        {
            yield return message;
            if ((values += message.Values.Count) > ValuesPerAnswer) yield break;
        }
    }
}
