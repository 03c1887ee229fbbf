namespace FileMonitor.RabbitMq.Publishing;

internal enum BrokerSignalKind
{
    /// <summary>The broker has a message, or all up to it.</summary>
    Acked,

    /// <summary>It does not have them.</summary>
    Nacked,

    /// <summary>No queue takes a message. Its confirmation follows.</summary>
    Returned,

    /// <summary>The broker takes nothing from publishers for now.</summary>
    Blocked,

    Unblocked,

    /// <summary>The connection or the channel is closed.</summary>
    Closed,

    /// <summary>The time that was asked for has passed, or the monitor stops.</summary>
    Time,
}

/// <summary>What the broker told.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Tag">The tag of the message.</param>
/// <param name="IsMultiple">Whether it is about all messages up to it.</param>
/// <param name="Text">The id of a returned message, or why.</param>
/// <param name="Reason">Why a message was returned.</param>
internal readonly record struct BrokerSignal(BrokerSignalKind Kind, ulong Tag = 0, bool IsMultiple = false, string Text = "", string Reason = "");

/// <summary>The broker cannot be reached, or does not do what it has to. The message has no secrets.</summary>
internal sealed class BrokerException(string message, BrokerTrouble trouble = BrokerTrouble.Unavailable) : Exception(message)
{
    public BrokerTrouble Trouble { get; } = trouble;
}

/// <summary>What keeps messages from being confirmed.</summary>
internal enum BrokerTrouble
{
    None,

    Unavailable,

    TimedOut,

    Returned,

    Refused,

    Blocked,
}
