using System.Text.Json;
using TreasureHunt.Contracts;

namespace TreasureHunt.Tests.Unit.Stages;

public sealed class OlderMessagesTests
{
    [Fact]
    public void Messages_of_a_release_that_knew_no_stages_are_read()
    {
        var envelope = JsonSerializer.Deserialize("""{"lane":3,"sequence":7,"ingress":"ingress-1","actions":[],"replyTo":"outcomes.1"}""", Wire.Default.Envelope)!;
        Assert.Equal((7, null, null), (envelope.Sequence, envelope.SentAt, envelope.TraceParent));
        Assert.True(envelope.Asked is null && envelope.Asks(0), "Who does not say whose outcomes are asked for asks for all.");

        var outcomes = JsonSerializer.Deserialize("""{"ingress":"ingress-1","envelopes":[{"lane":3,"sequence":7,"outcomes":[]}]}""", Wire.Default.CommittedOutcomes)!;
        Assert.Null(Assert.Single(outcomes.Envelopes).Stages);

        var facts = JsonSerializer.Deserialize("""{"processor":"processor-1","hunts":[]}""", Wire.Default.CommittedFacts)!;
        Assert.Equal((null, null), (facts.CommittedAt, facts.TraceParent));
    }
}
