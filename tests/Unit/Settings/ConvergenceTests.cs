using System.Text.Json;
using CsCheck;
using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class ConvergenceTests
{
    [Fact]
    public void A_version_is_settled_when_the_last_process_has_answered_with_the_time_it_took_that_one()
    {
        SettingsReceipt[] answers = [Answer("a", 1, 12), Answer("b", 1, 80), Answer("c", 1, 30)];
        Assert.Empty(Settle([Version(1)], answers[..2], [.. answers]));
        var settled = Assert.Single(Settle([Version(1)], answers, answers));
        Assert.Equal((1, 80.0, 3, "b"), (settled.Version, settled.ElapsedMs, settled.Applied, settled.Slowest));
        Assert.Equal(Noon.AddMilliseconds(80), settled.At);
    }

    [Fact]
    public void One_answer_is_for_all_versions_up_to_it_and_the_first_one_counts()
    {
        SettingsReceipt[] answers = [Answer("a", 1, 10), Answer("a", 3, 40), Answer("b", 3, 50), Answer("b", 3, 900)];
        var settled = Settle([Version(1), Version(2), Version(3), Version(4)], answers, [Answer("a", 3, 40), Answer("b", 3, 900)]);
        Assert.Equal([(1, 50.0), (2, 50.0), (3, 50.0)], settled.Select(version => (version.Version, version.ElapsedMs)));
    }

    [Fact]
    public void Who_refuses_is_named_and_does_not_count_as_slow()
    {
        var refusal = Answer("b", 1, 500) with { Status = ReceiptStatus.Refused, InForce = 0, Reason = "no" };
        var settled = Assert.Single(Settle([Version(1)], [Answer("a", 1, 10), refusal], [Answer("a", 1, 10), refusal]));
        Assert.Equal((10.0, 1, "a"), (settled.ElapsedMs, settled.Applied, settled.Slowest));
        Assert.Equal(["b"], settled.Refused);
    }

    [Fact]
    public void Who_is_away_is_not_waited_for_and_named_only_when_it_was_there_at_the_change()
    {
        var left = Answer("left", 0, -50_000) with { Seen = Noon.AddSeconds(-5) };
        var longGone = Answer("gone", 0, -90_000);
        var at = Noon.AddSeconds(41);
        var settled = Assert.Single(Settle([Version(1)], [Answer("a", 1, 10)], [Answer("a", 1, 10) with { Seen = at }, left, longGone], at));
        Assert.Equal(["left"], settled.Missing);
    }

    [Fact]
    public void Nobody_waits_for_ever_for_one_that_is_there_and_silent()
    {
        var silent = Answer("silent", 0, -90_000);
        var a = Answer("a", 1, 10);
        Assert.Empty(Settle([Version(1)], [a], [a, silent with { Seen = Noon }], Noon.AddSeconds(10)));
        var late = Noon + Convergence.GiveUpAfter;
        Assert.Equal(["silent"], Assert.Single(Settle([Version(1)], [a], [a with { Seen = late }, silent with { Seen = late }], late)).Missing);
    }

    [Fact]
    public void With_nobody_there_a_version_is_settled_at_once() =>
        Assert.Equal((0, 0.0), Settle([Version(1)], [], []).Select(version => (version.Applied, version.ElapsedMs)).Single());

    [Fact]
    public void However_answers_are_repeated_and_shuffled_the_same_is_settled() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[0, 1000]).Sample((versions, processes, seed) =>
        {
            var random = new Random(seed);
            var answers = (from process in Enumerable.Range(0, processes)
                           from version in Enumerable.Range(1, versions)
                           where version == versions || random.Next(2) == 0 // some are folded together
                           select Answer($"p{process}", version, 10 * version + random.Next(10))).ToArray();
            var latest = answers.GroupBy(answer => answer.Instance).Select(own => own.MaxBy(answer => answer.Version)!).ToArray();
            var pending = Enumerable.Range(1, versions).Select(version => Version(version)).ToArray();
            var once = Settle(pending, answers, latest);
            SettingsReceipt[] twice = [.. answers, .. answers];
            random.Shuffle(twice);
            Assert.Equal(versions, once.Count);
            Assert.Equal(JsonSerializer.Serialize(once, Lines), JsonSerializer.Serialize(Settle(pending, twice, latest), Lines));
            Assert.Equal(JsonSerializer.Serialize(once, Lines), JsonSerializer.Serialize<IReadOnlyList<SettingsConverged>>([.. pending.SelectMany(version => Settle([version], answers, latest))], Lines)); // as if each were alone
            Assert.All(once, version => Assert.Equal(processes, version.Applied));
        }, iter: 300);

    [Fact]
    public void The_stored_events_read_as_they_were_written_first()
    {
        var converged = JsonSerializer.Deserialize(
            """{"version":3,"changed":"2026-11-22T12:00:00+00:00","at":"2026-11-22T12:00:00.08+00:00","elapsedMs":80,"applied":2,"refused":["c"],"missing":[],"slowest":"b","later":1}""",
            Wire.Default.SettingsConverged)!;
        Assert.Equal((3, 80.0, 2, "b", "c"), (converged.Version, converged.ElapsedMs, converged.Applied, converged.Slowest, converged.Refused.Single()));
        var receipt = JsonSerializer.Deserialize(
            """{"instance":"processor-1","service":"processors","version":3,"inForce":2,"status":"refused","effective":{"lane.batchCap":64,"lane.paused":false,"log.level":"debug"},"at":"2026-11-22T12:00:00+00:00","elapsedMs":0.5,"reason":"no","group":"blue","seen":"2026-11-22T12:00:12+00:00","later":1}""",
            Wire.Default.SettingsReceipt)!;
        Assert.Equal(("processor-1", ReceiptStatus.Refused, 2, "blue", SettingValue.Of(64)), (receipt.Instance, receipt.Status, receipt.InForce, receipt.Group, receipt.Effective["lane.batchCap"]));
        Assert.Equal(("settings-answered", "settings-converged", "settings-receipts/processor-1"), (SettingsReceipt.StoredName, SettingsConverged.StoredName, SettingsReceipt.StreamOf(receipt.Instance)));
    }

    private static readonly JsonSerializerOptions Lines = new(Wire.Default.Options);

    private static IReadOnlyList<SettingsConverged> Settle(
        SettingsChange[] pending, SettingsReceipt[] answers, SettingsReceipt[] instances, DateTimeOffset? now = null) =>
        Convergence.Settled(pending, answers, instances, now ?? Noon.AddSeconds(1));

    private static SettingsChange Version(long version) => Change(("lane.window", 9)) with { Version = version };

    private static SettingsReceipt Answer(string instance, long version, double afterMs) =>
        new(instance, "processors", version, version, ReceiptStatus.Applied, new Dictionary<string, SettingValue>(), Noon.AddMilliseconds(afterMs), 1);
}
