using System.Collections.Immutable;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>The stream of proposals folded up to a moment. Immutable.</summary>
/// <param name="Version">position of the last event</param>
/// <param name="All">the open ones and the last closed ones, by number</param>
public sealed record ProposalBook(long Version, ImmutableSortedDictionary<long, SettingsProposal> All)
{
    /// <summary>Proposals open at once.</summary>
    public const int MaxOpen = 100;

    /// <summary>Closed ones that are still shown.</summary>
    public const int MaxClosed = 200;

    public static ProposalBook Empty { get; } = new(0, ImmutableSortedDictionary<long, SettingsProposal>.Empty);

    public IEnumerable<SettingsProposal> Open => All.Values.Where(proposal => proposal.IsOpen);

    public ProposalBook With(ProposalEvent happened)
    {
        var all = happened is ChangeProposed proposed ? All.SetItem(proposed.Proposal, SettingsProposal.Of(proposed))
            : All.TryGetValue(happened.Proposal, out var known) ? All.SetItem(known.Id, known.With(happened))
            : All;
        var closed = all.Values.Where(proposal => !proposal.IsOpen && proposal.Id != happened.Proposal).Select(proposal => proposal.Id).ToList();
        return new ProposalBook(Version + 1, closed.Count > MaxClosed ? all.RemoveRange(closed.Take(closed.Count - MaxClosed)) : all);
    }
}

/// <summary>All that a decision about settings is made on.</summary>
public sealed record SettingsSituation(SettingsState State, SettingsLayers Layers, ProposalBook Proposals)
{
    public static SettingsSituation Begin { get; } = new(SettingsState.Initial, SettingsLayers.None, ProposalBook.Empty);

    public SettingsSituation With(SettingsChange change) => this with { State = SettingsState.Evolve(State, change), Layers = Layers.With(change) };

    public SettingsSituation With(ProposalEvent happened) => this with { Proposals = Proposals.With(happened) };
}
