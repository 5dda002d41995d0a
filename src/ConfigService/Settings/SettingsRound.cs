using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Settings;

/// <summary>Somebody waits for a decision.</summary>
/// <param name="Decide">pure; it may be called again for a later state</param>
internal sealed record AskedDecision(Func<SettingsSituation, SettingsDecision> Decide)
{
    public TaskCompletionSource<(SettingsDecision Decision, SettingsState State)> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Decisions on top of each other, not stored yet.</summary>
internal sealed class SettingsRound
{
    private readonly List<(AskedDecision Asked, SettingsDecision Decision, SettingsState State)> _answers = [];

    private SettingsRound(SettingsSituation before) => Before = After = before;

    public SettingsSituation Before { get; }

    public SettingsSituation After { get; private set; }

    public List<SettingsChange> Changes { get; } = [];

    public List<ProposalEvent> Planned { get; } = [];

    public bool IsEmpty => Changes.Count + Planned.Count == 0;

    /// <summary>False: one of them changes nothing, so that no append tells whether it was made on the latest version of the settings.</summary>
    public bool IsTestedByItsAppend => _answers.TrueForAll(answer => answer.Decision is { Change: not null });

    /// <summary>Whose decision fails is answered; those beside it go on.</summary>
    public static SettingsRound Of(IEnumerable<AskedDecision> together, SettingsSituation before)
    {
        var round = new SettingsRound(before);
        foreach (var asked in together.Where(asked => !asked.Answer.Task.IsCompleted))
        {
            try
            {
                round.Add(asked, asked.Decide(round.After));
            }
            catch (Exception e)
            {
                asked.Answer.TrySetException(e);
            }
        }
        return round;
    }

    public void Answer()
    {
        foreach (var (asked, decision, state) in _answers) asked.Answer.TrySetResult((decision, state));
    }

    private void Add(AskedDecision asked, SettingsDecision decision)
    {
        var next = decision.Change is { } change ? After.With(change) : After;
        After = decision.Event is { } happened ? next.With(happened) : next;
        if (decision.Change is not null) Changes.Add(decision.Change);
        if (decision.Event is not null) Planned.Add(decision.Event);
        _answers.Add((asked, decision, After.State));
    }
}
