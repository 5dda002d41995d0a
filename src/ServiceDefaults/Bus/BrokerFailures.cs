using MassTransit;
using Polly.CircuitBreaker;
using Polly.Timeout;
using RabbitMQ.Client.Exceptions;

namespace TreasureHunt.ServiceDefaults.Bus;

/// <summary>Tells the broker's silence from its answers.</summary>
public static class BrokerFailures
{
    /// <summary>No connection, or a lost one. Not: this message or this queue was refused (nacked, returned), which says nothing about others.</summary>
    public static bool IsItsFault(Exception e) => e is BrokerUnreachableException or ConnectionException { InnerException: not RabbitMQ.Client.Exceptions.PublishException };

    /// <summary>The broker did not answer, or is not even asked because it has not answered others.</summary>
    public static bool IsSilence(Exception e) => e is TimeoutRejectedException or BrokenCircuitException || IsItsFault(e);
}
