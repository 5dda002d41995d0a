using System.Collections.Immutable;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>A value of one setting in one scope.</summary>
/// <param name="Value">null: the wider scope's, for the fleet the default</param>
/// <param name="Version">the version it came with; 0 of the value beneath all that end</param>
/// <param name="Until">when it ends; null: never</param>
public sealed record SettingLayer(SettingValue? Value, long Version, DateTimeOffset? Until);

/// <summary>
/// What lies beneath values that hold only for a time: each such value is a layer on the one before it, and a change without an end
/// takes all of them away. So a value that ends gives way to what would hold had it never been. Immutable; folded from the stream.
/// </summary>
public sealed class SettingsLayers
{
    /// <summary>Values that may wait for their end at once: what each of these ends leads to is weighed at every change.</summary>
    public const int MaxEnds = SettingsChange.MaxItems;

    private readonly ImmutableSortedDictionary<(string Scope, string Key), ImmutableList<SettingLayer>> _stacks;

    private SettingsLayers(ImmutableSortedDictionary<(string, string), ImmutableList<SettingLayer>> stacks) => _stacks = stacks;

    public static SettingsLayers None { get; } = new(ImmutableSortedDictionary<(string, string), ImmutableList<SettingLayer>>.Empty);

    /// <summary>Values that wait for their end, those beneath others included.</summary>
    public int Ends => _stacks.Values.Sum(stack => stack.Count - 1);

    public SettingsLayers With(SettingsChange change)
    {
        var stacks = _stacks;
        foreach (var item in change.Items)
        {
            var name = (item.Scope, item.Key);
            var stack = stacks.GetValueOrDefault(name);
            var next = change.Until is { } until ? (stack ?? [new SettingLayer(item.Previous, 0, null)]).Add(new SettingLayer(item.Value, change.Version, until))
                : IsReturn(change) && stack is not null ? Left(stack, change.At)
                : [];
            stacks = next.Count > 1 ? stacks.SetItem(name, next) : stacks.Remove(name);
        }
        return new SettingsLayers(stacks);
    }

    /// <summary>The returns ahead, soonest first, worked out as they are asked for: of each setting only the value that holds now.</summary>
    public IEnumerable<SettingsReturn> Returns(DateTimeOffset now) =>
        _stacks.GroupBy(stack => (stack.Value[^1].Version, Until: stack.Value[^1].Until!.Value))
            .OrderBy(group => group.Key.Until).ThenBy(group => group.Key.Version)
            .Select(group => new SettingsReturn(group.Key.Version, group.Key.Until,
            [
                .. group.Select(stack => new SettingItem(stack.Key.Scope, stack.Key.Key, Left(stack.Value, now > group.Key.Until ? now : group.Key.Until)[^1].Value, stack.Value[^1].Value)),
            ]));

    /// <summary>Scopes and keys whose value is to end.</summary>
    public IEnumerable<(string Scope, string Key)> Names => _stacks.Keys;

    /// <summary>The value that is to end; null: the one that holds is to stay.</summary>
    public SettingLayer? Ending(string scope, string key) => _stacks.TryGetValue((scope, key), out var stack) ? stack[^1] : null;

    /// <summary>The value that is to stay.</summary>
    /// <param name="values">that hold now, with these layers</param>
    public SettingValue? Lasting(string scope, string key, SettingsValues values) => _stacks.TryGetValue((scope, key), out var stack) ? stack[0].Value : values.Find(scope, key);

    /// <summary>Would the value that holds now end as asked? One that ends some seconds earlier does: it is from the same request, sent before.</summary>
    /// <param name="until">null: never</param>
    public bool HoldsUntil(string scope, string key, DateTimeOffset? until) =>
        _stacks.TryGetValue((scope, key), out var stack) ? until is { } asked && stack[^1].Until <= asked && stack[^1].Until >= asked - SentAgain : true;

    /// <summary>A request is sent again for a lost answer at most so long.</summary>
    public static readonly TimeSpan SentAgain = TimeSpan.FromSeconds(30);

    public static bool IsReturn(SettingsChange change) => change.Cause?.StartsWith(SettingsChange.ReturnCause, StringComparison.Ordinal) == true;

    private static ImmutableList<SettingLayer> Left(ImmutableList<SettingLayer> stack, DateTimeOffset at) => stack.RemoveAll(layer => layer.Until <= at);
}
