using MassTransit;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Processors.Parked;

/// <summary>Keeps what a partner sent and the intake could not accept.</summary>
public sealed class ParkedIntakeConsumer(ParkedTable table) : IConsumer<ParkedIntake>
{
    public Task Consume(ConsumeContext<ParkedIntake> context)
    {
        var parked = context.Message;
        return table.InsertAsync(new ParkedRow(parked.Id, parked.At, "intake", parked.Hunt, null, parked.Cause, parked.Body), context.CancellationToken);
    }
}
