using CsCheck;
using TreasureHunt.ConfigService.Lanes;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public sealed class LanePlannerTests
{
    [Theory]
    [InlineData("a:1", "none", "a:0,1,2,3,4,5,6,7")]
    [InlineData("a:1 b:1", "none", "a:0,2,4,6 b:1,3,5,7")]
    [InlineData("a:1 b:1 c:2", "a:0,2,4,6 b:1,3,5,7", "a:0,2 b:1,3 c:4,5,6,7")]
    [InlineData("a:1 b:1 c:1", "a:0,2,4,6 b:1,3,5,7", "a:0,2,4 b:1,3,5 c:6,7")]
    [InlineData("a:1 c:1", "a:0,2,4 b:1,3,5 c:6,7", "a:0,2,3,4 c:1,5,6,7")]
    [InlineData("a:3 b:1", "a:0,2,4,6 b:1,3,5,7", "a:0,2,4,5,6,7 b:1,3")]
    [InlineData("", "a:0,1", "none")]
    public void Lanes_are_shared_out_by_weight_with_the_fewest_moves(string present, string before, string after) =>
        Assert.Equal(after, LanePlanner.Plan(Processors(present), 8, Plan(before).OwnerOf).ToString());

    [Fact]
    public void With_more_processors_than_lanes_the_heavier_ones_have_one_each() =>
        Assert.Equal("c:0 d:1", LanePlanner.Plan(Processors("a:1 b:1 c:2 d:3"), 2, _ => null).ToString());

    private static readonly Gen<(LaneProcessor[] Present, string?[] Owners)> Cases =
        from weights in Gen.Int[1, 6].Array[1, 4]
        from owners in Gen.Int[-1, 4].Array[1, 5]
        select (weights.Select((weight, i) => new LaneProcessor($"p-{i}", weight)).ToArray(), owners.Select(owner => owner < 0 ? null : $"p-{owner}").ToArray());

    [Fact]
    public void Every_lane_has_an_owner_that_is_there_and_every_share_is_within_one_of_the_weighted_ideal() =>
        Cases.Sample(one =>
        {
            var plan = LanePlanner.Plan(one.Present, one.Owners.Length, lane => one.Owners[lane]);
            var weights = one.Present.Sum(processor => processor.Weight);
            return Enumerable.Range(0, one.Owners.Length).All(lane => one.Present.Any(processor => processor.Instance == plan.OwnerOf(lane)))
                && one.Present.All(processor => Math.Abs(plan.LanesOf(processor.Instance).Count() - (double)one.Owners.Length * processor.Weight / weights) < 1);
        }, iter: 5_000);

    [Fact]
    public void No_fair_plan_moves_fewer_lanes() =>
        Cases.Sample(one =>
        {
            var plan = LanePlanner.Plan(one.Present, one.Owners.Length, lane => one.Owners[lane]);
            return Moves(one.Owners, plan.OwnerOf) == Fair(one.Present, one.Owners.Length).Min(other => Moves(one.Owners, lane => other[lane]));
        }, iter: 2_000);

    [Fact]
    public void A_plan_is_the_same_whatever_the_order_and_planning_again_changes_nothing() =>
        Cases.Sample(one =>
        {
            var plan = LanePlanner.Plan(one.Present, one.Owners.Length, lane => one.Owners[lane]);
            return plan.Equals(LanePlanner.Plan(one.Present.Reverse(), one.Owners.Length, lane => one.Owners[lane]))
                && plan.Equals(LanePlanner.Plan(one.Present, one.Owners.Length, plan.OwnerOf));
        }, iter: 2_000);

    [Fact]
    public void A_plan_reads_as_it_is_written() =>
        Cases.Sample(one =>
        {
            var plan = LanePlanner.Plan(one.Present, one.Owners.Length, lane => one.Owners[lane]);
            return LanePlan.TryParse(plan.ToString(), out var again) && again.Equals(plan) && again.GetHashCode() == plan.GetHashCode();
        });

    [Fact]
    public void The_largest_plan_is_short_enough_to_be_stored()
    {
        var longest = LanePlan.Of(Enumerable.Range(0, LanePlan.MaxLanes).Select(lane => KeyValuePair.Create(lane, $"{lane % LanePlan.MaxProcessors:00}{new string('p', 62)}")));
        Assert.InRange(longest.ToString().Length, LanePlan.MaxCharacters - 1000, LanePlan.MaxCharacters);
        Assert.True(Contracts.Settings.SettingsSchema.LanePlan.TryAccept(Contracts.Settings.SettingValue.Of(longest.ToString()), out _, out _));
    }

    [Theory]
    [InlineData("a:0,2 b:1,3", "a:0 b:1 c:2,3", "a:1 b:1 c:2", "c joined (weight 2): lanes 2, 3 to c")]
    [InlineData("a:0 b:1 c:2,3", "a:0,2 b:1,3", "a:1 b:1", "c left: lane 2 to a; lane 3 to b")]
    [InlineData("a:0,1,2 b:3", "a:0,1 b:2,3", "a:1 b:1", "shares corrected: lane 2 to b")]
    [InlineData("none", "a:0,1", "a:1", "a joined (weight 1): lanes 0, 1 to a")]
    public void The_history_says_why(string before, string after, string present, string why) =>
        Assert.Equal(why, LanePlanReason.Of(Plan(before), Plan(after), Processors(present)));

    private static int Moves(string?[] owners, Func<int, string?> plan) => owners.Where((owner, lane) => owner != plan(lane)).Count();

    /// <summary>Every plan whose shares are the weighted ideals rounded by the largest remainder, remainders that are equal in any way.</summary>
    private static IEnumerable<string[]> Fair(LaneProcessor[] present, int lanes)
    {
        var weights = present.Sum(processor => processor.Weight);
        var rounded = lanes - present.Sum(processor => lanes * processor.Weight / weights);
        var remainders = present.Select(processor => lanes * processor.Weight % weights).OrderDescending().ToArray();
        var least = rounded == 0 ? int.MaxValue : remainders[rounded - 1];
        foreach (var plan in All(lanes))
        {
            var extra = present.Select(processor => (Extra: plan.Count(owner => owner == processor.Instance) - lanes * processor.Weight / weights, Remainder: lanes * processor.Weight % weights)).ToArray();
            if (extra.All(one => one.Extra is 0 or 1 && (one.Extra == 1 ? one.Remainder >= least : one.Remainder <= least || rounded == 0))) yield return plan;
        }

        IEnumerable<string[]> All(int count) => count == 0
            ? [[]]
            : All(count - 1).SelectMany(_ => present, (plan, processor) => (string[])[.. plan, processor.Instance]);
    }

    private static LaneProcessor[] Processors(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split(':')).Select(part => new LaneProcessor(part[0], int.Parse(part[1])))];

    private static LanePlan Plan(string text) => LanePlan.TryParse(text, out var plan) ? plan : throw new ArgumentException(text);
}
