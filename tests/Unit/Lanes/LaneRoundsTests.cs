using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public class LaneRoundsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5), Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(With(pace: 5));
    private readonly LaneRounds _rounds;

    public LaneRoundsTests() => _rounds = new LaneRounds(_settings, _time);

    [Fact]
    public void Whoever_comes_to_an_idle_process_begins_at_once()
    {
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully);
        _time.Advance(5 * Millisecond);
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Whoever_comes_within_the_pace_joins_the_next_round_and_all_of_them_begin_together()
    {
        _ = _rounds.JoinAsync(default);
        _time.Advance(2 * Millisecond);
        var first = _rounds.JoinAsync(default);
        _time.Advance(2 * Millisecond);
        var second = _rounds.JoinAsync(default);
        Assert.False(first.IsCompleted || second.IsCompleted);

        _time.Advance(Millisecond);
        await Task.WhenAll(first, second).WaitAsync(Soon);
        Assert.False(_rounds.JoinAsync(default).IsCompleted); // the next round is one pace after this one
    }

    [Fact]
    public void Another_pace_holds_from_the_next_round_on_and_none_lets_everybody_in()
    {
        _ = _rounds.JoinAsync(default);
        _settings.Replace(With(pace: 0));
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully);
        Assert.True(_rounds.JoinAsync(default).IsCompletedSuccessfully);
        _settings.Replace(With(pace: 3));
        Assert.False(_rounds.JoinAsync(default).IsCompleted);
    }

    [Fact]
    public async Task Who_gives_up_does_not_take_the_round_with_him()
    {
        _ = _rounds.JoinAsync(default);
        using var giveUp = new CancellationTokenSource();
        var (first, second) = (_rounds.JoinAsync(giveUp.Token), _rounds.JoinAsync(default));
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _time.Advance(5 * Millisecond);
        await second.WaitAsync(Soon);
    }

    private static Contracts.Settings.Settings With(int pace) =>
        SettingsSchema.Defaults with { Lane = SettingsSchema.Defaults.Lane with { Pace = pace * Millisecond } };
}
