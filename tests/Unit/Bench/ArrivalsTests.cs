using TreasureHunt.Cli.Frame;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>When requests are due: evenly, or with the gaps of a recorded hour, at the rate that was asked for.</summary>
public sealed class ArrivalsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Even_ones_come_at_their_rate()
    {
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], Arrivals.Even(4).Due(5));
        Assert.Empty(Arrivals.Even(4).Due(0));
    }

    [Fact]
    public void Recorded_bursts_keep_the_proportions_of_their_gaps_at_the_rate_asked_for()
    {
        Record("10:00:00.000", "10:00:00.100", "10:00:00.200", "10:00:09.200", "10:00:09.200", "10:00:10.000"); // gaps 0.1, 0.1, 9, 0, 0.8
        var due = Arrivals.Replayed(_file, rate: 50).Due(6);
        var gaps = due.Skip(1).Zip(due, (later, earlier) => later - earlier).ToArray();
        Assert.Equal(0, due[0]);
        Assert.Equal(5 / 50.0, due[^1], 1e-9); // ten seconds in a tenth of one
        Assert.All(gaps.Zip([0.1, 0.1, 9, 0, 0.8]), gap => Assert.Equal(gap.Second / 100, gap.First, 1e-9));
    }

    [Fact]
    public void Bursts_begin_again_when_more_requests_are_wanted_than_were_recorded()
    {
        Record("10:00:00", "10:00:01", "10:00:04"); // gaps 1, 3
        Assert.Equal([0, 0.5, 2, 2.5, 4, 4.5, 6], Arrivals.Replayed(_file, rate: 1).Due(7));
    }

    [Theory]
    [InlineData("the times do not rise", "10:00:01", "10:00:00")]
    [InlineData("the times do not rise", "10:00:01", "10:00:01")]
    [InlineData("the times do not rise", "10:00:01")]
    [InlineData("is no list of arrivals", "ten o'clock", "10:00:01")]
    public void A_file_that_is_no_record_is_refused_by_name(string says, params string[] times)
    {
        Record(times);
        var refused = Assert.Throws<CommandFailed>(() => Arrivals.Replayed(_file, rate: 1));
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains(says, refused.Message);
        Assert.Contains(_file, refused.Message);
    }

    private void Record(params string[] times) =>
        File.WriteAllLines(_file, ["TIMESTAMP,ContextTokens,GeneratedTokens", .. times.Select(time => $"{(char.IsDigit(time[0]) ? "2024-05-10 " : "")}{time},374,44")]);
}
