using CsCheck;
using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Unit.Lanes;

public class SequencerTests
{
    private readonly Sequencer<string> _sequencer = new();
    private readonly Queue<string> _ready = new();

    [Fact]
    public void A_delivery_that_overtook_another_waits_for_it()
    {
        _sequencer.Add(2, "second", _ready);
        Assert.Empty(_ready);

        _sequencer.Add(1, "first", _ready);
        Assert.Equal(["first", "second"], _ready);
    }

    [Fact]
    public void A_message_that_never_reaches_the_consumer_does_not_hold_up_those_behind_it()
    {
        _sequencer.Add(2, "good", _ready);
        _sequencer.Close(1, _ready);
        Assert.Equal(["good"], _ready);
    }

    [Fact]
    public void Closing_a_tag_that_is_held_or_was_released_changes_nothing()
    {
        _sequencer.Add(1, "first", _ready);
        _sequencer.Add(3, "third", _ready);
        _sequencer.Close(1, _ready);
        _sequencer.Close(3, _ready);
        _sequencer.Add(2, "second", _ready);
        Assert.Equal(["first", "second", "third"], _ready);
        Assert.Equal(0, _sequencer.Held);
    }

    [Fact]
    public void A_tag_that_was_released_cannot_come_again()
    {
        _sequencer.Add(1, "first", _ready);
        Assert.Throws<ArgumentOutOfRangeException>(() => _sequencer.Add(1, "again", _ready));
    }

    [Fact]
    public void Whatever_order_deliveries_come_in_they_leave_in_queue_order() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[0, 1_000_000], Gen.Int[0, 5]).Sample((count, seed, closeEvery) =>
        {
            var sequencer = new Sequencer<object>();
            var ready = new Queue<object>();
            var tags = Enumerable.Range(1, count).ToArray();
            new Random(seed).Shuffle(tags);
            foreach (var tag in tags)
            {
                if (closeEvery > 0 && tag % closeEvery == 0) sequencer.Close((ulong)tag, ready);
                else sequencer.Add((ulong)tag, tag, ready);
            }
            var expected = Enumerable.Range(1, count).Where(tag => closeEvery == 0 || tag % closeEvery != 0);
            Assert.Equal(expected, ready.Cast<int>());
        });
}
