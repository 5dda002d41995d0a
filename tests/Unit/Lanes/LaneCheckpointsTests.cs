using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public class LaneCheckpointsTests
{
    [Theory]
    [InlineData(4_999, 0, false)]
    [InlineData(5_000, 0, true)]
    [InlineData(9_999, 5_000, false)]
    [InlineData(50_000, 45_000, true)]
    [InlineData(200_000, 180_001, false)] // a long hunt: a tenth of it
    [InlineData(200_000, 180_000, true)]
    [InlineData(800_000, 775_001, false)] // a longer one: 25,000
    [InlineData(800_000, 775_000, true)]
    [InlineData(2_000_000, 1_950_001, false)] // a fortieth
    [InlineData(2_000_000, 1_950_000, true)]
    public void A_checkpoint_is_due_after_so_many_events_and_of_a_long_hunt_after_a_tenth_or_a_fortieth_of_it(long version, long last, bool due) =>
        Assert.Equal(due, LaneCheckpoints.IsDue(version, last, every: 5_000));

    [Fact]
    public void What_a_hunt_writes_in_checkpoints_grows_with_its_events_and_no_faster()
    {
        Assert.InRange(Written(20_000_000) / Written(2_000_000), 9, 15);

        static double Written(long events)
        {
            var (written, last) = (0.0, 0L);
            for (var version = 1L; version <= events; version++)
            {
                if (!LaneCheckpoints.IsDue(version, last, every: 5_000)) continue;
                written += version; // the state grows with it
                last = version;
            }
            return written;
        }
    }
}
