using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

/// <summary>processor-1 looks at one lane.</summary>
public sealed class LaneCourseTests
{
    private readonly LaneCourse _course = new("processor-1");
    private TimeSpan _now = TimeSpan.FromSeconds(10);

    [Fact]
    public void Without_a_plan_or_with_a_lane_of_its_own_it_stays()
    {
        Assert.False(Look(owner: null, active: true));
        Assert.False(Look(owner: null, active: false));
        Assert.False(Look("processor-1", active: true));
        Assert.False(Look("processor-1", active: false));
    }

    [Fact]
    public void Who_waits_steps_behind_the_owner_once_for_each_owner()
    {
        Assert.True(Look("processor-2", active: false));
        Assert.False(Look("processor-2", active: false));
        Assert.True(Look("processor-3", active: false));
        Assert.False(Look("processor-3", active: false));
    }

    [Fact]
    public void Who_works_the_lane_gives_it_up_after_those_who_wait_had_their_time()
    {
        Assert.False(Look("processor-2", active: true));
        Pass(LaneCourse.HeadStart);
        Assert.True(Look("processor-2", active: true));
        Assert.False(Look("processor-2", active: false)); // it is behind the owner already
    }

    [Fact]
    public void An_owner_that_does_not_stand_by_is_waited_for()
    {
        Look("processor-2", active: true);
        Pass(TimeSpan.FromSeconds(30));
        Assert.False(Look("processor-2", active: true, standsBy: false));
        Assert.False(Look("processor-2", active: false, standsBy: false));
    }

    [Fact]
    public void What_the_owner_said_before_the_lane_came_here_does_not_count()
    {
        var said = _now; // then it died, and the broker gave the lane to us
        Pass(TimeSpan.FromMilliseconds(200));
        Look("processor-2", active: true, at: said);
        Pass(TimeSpan.FromSeconds(3));
        Assert.False(Look("processor-2", active: true, at: said));
        Assert.True(Look("processor-2", active: true, at: _now));
    }

    [Fact]
    public void A_lane_that_comes_back_is_kept_longer_each_time_until_the_owner_has_it()
    {
        Look("processor-2", active: true);
        Pass(LaneCourse.HeadStart);
        for (var keep = LaneCourse.FirstKeep; keep < LaneCourse.MaxKeep; keep *= 2)
        {
            Assert.True(Look("processor-2", active: true));
            Look("processor-2", active: false); // the broker gave it back to us
            Pass(keep - TimeSpan.FromMilliseconds(1));
            Assert.False(Look("processor-2", active: true));
            Pass(TimeSpan.FromMilliseconds(1));
        }
        Assert.True(Look("processor-2", active: true));
        Look("processor-2", active: false, ownerActive: true);
        Assert.True(Look("processor-2", active: true)); // it was there: no grudge
    }

    [Fact]
    public void When_the_owner_says_that_it_works_the_lane_too_it_is_taken_up_anew_after_a_while()
    {
        Look("processor-2", active: true, ownerActive: true);
        Pass(LaneCourse.MostBoth - TimeSpan.FromMilliseconds(1));
        Assert.False(Look("processor-2", active: true, ownerActive: true));
        Pass(TimeSpan.FromMilliseconds(1));
        Assert.True(Look("processor-2", active: true, ownerActive: true));
        Assert.False(Look("processor-2", active: true, ownerActive: true)); // not again at once
    }

    [Fact]
    public void A_new_owner_starts_anew()
    {
        Look("processor-2", active: true);
        Pass(LaneCourse.HeadStart);
        Assert.True(Look("processor-2", active: true));
        Assert.False(Look("processor-3", active: true));
        Pass(LaneCourse.HeadStart);
        Assert.True(Look("processor-3", active: true));
    }

    [Fact]
    public void A_lane_that_is_not_subscribed_to_needs_no_step()
    {
        Assert.False(_course.ShouldStepBehind(new LaneSight(_now, "processor-2", Subscribed: false, Active: false, _now, OwnerActive: false)));
    }

    private void Pass(TimeSpan time) => _now += time;

    private bool Look(string? owner, bool active, bool standsBy = true, TimeSpan? at = null, bool ownerActive = false) =>
        _course.ShouldStepBehind(new LaneSight(_now, owner, Subscribed: true, active, standsBy && !ownerActive ? at ?? _now : null, ownerActive));
}

/// <summary>Several processors and a broker with a waiting line, in a model: whatever the line is like, the lane comes to its owner.</summary>
public sealed class LaneCoursesTogether
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(6, 1)]
    public void A_lane_reaches_its_owner_at_the_first_try_when_all_know_the_plan(int processors, int mostMoves)
    {
        foreach (var seed in Enumerable.Range(0, 200))
        {
            var line = Shuffled(processors, seed);
            Assert.InRange(Moves(line, owner: "p-0", known: _ => TimeSpan.Zero), 0, mostMoves);
        }
    }

    [Fact]
    public void Even_when_they_hear_of_the_plan_at_different_times_it_takes_no_more_moves_than_there_are_others()
    {
        foreach (var seed in Enumerable.Range(0, 500))
        {
            var random = new Random(seed);
            var delays = Enumerable.Range(0, 5).ToDictionary(i => $"p-{i}", _ => TimeSpan.FromMilliseconds(random.Next(2000)));
            Assert.InRange(Moves(Shuffled(5, seed), "p-0", known: name => delays[name]), 0, 4);
        }
    }

    private static List<string> Shuffled(int processors, int seed)
    {
        var line = Enumerable.Range(0, processors).Select(i => $"p-{i}").ToArray();
        new Random(seed).Shuffle(line);
        return [.. line];
    }

    /// <summary>The head of the line works the lane, as in the broker; who steps behind goes to its end.</summary>
    /// <returns>how often the lane changed hands until the owner had it</returns>
    private static int Moves(List<string> line, string owner, Func<string, TimeSpan> known)
    {
        var courses = line.ToDictionary(name => name, name => new LaneCourse(name));
        var moves = 0;
        for (var now = TimeSpan.Zero; now < TimeSpan.FromSeconds(60); now += TimeSpan.FromMilliseconds(100))
        {
            if (line[0] == owner) return moves;
            foreach (var name in line.Where(name => known(name) <= now).ToArray())
            {
                var active = line[0] == name;
                if (!courses[name].ShouldStepBehind(new LaneSight(now, owner, Subscribed: true, active, now, OwnerActive: line[0] == owner))) continue;
                line.Remove(name);
                line.Add(name);
                if (active) moves++;
                if (line[0] == owner) return moves;
            }
        }
        throw new InvalidOperationException("After a minute the lane is not where it belongs.");
    }
}
