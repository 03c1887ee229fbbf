namespace FileMonitor.Collector;

/// <summary>What the collector says in its log. No name of a file, no credential.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Connected to the broker at {Endpoint}; reading {Queues} queues of {Exchange}.")]
    public static partial void Connected(ILogger logger, string endpoint, int queues, string exchange);

    [LoggerMessage(2, LogLevel.Warning, "The broker cannot be reached, or closed the connection: {Problem} Trying again in {Delay}. Nothing is lost: what was not acknowledged comes again.")]
    public static partial void BrokerLost(ILogger logger, string problem, TimeSpan delay);

    [LoggerMessage(3, LogLevel.Warning, "The database does not take messages of {Queue}: {Problem} Trying again in {Delay}. Nothing is acknowledged before.")]
    public static partial void DatabaseLost(ILogger logger, string queue, string problem, TimeSpan delay);

    [LoggerMessage(4, LogLevel.Information, "The database takes messages of {Queue} again.")]
    public static partial void DatabaseBack(ILogger logger, string queue);

    [LoggerMessage(5, LogLevel.Warning, "A message of {Queue} cannot be stored and goes to the dead letters: {Problem}")]
    public static partial void Refused(ILogger logger, string queue, string problem);

    [LoggerMessage(6, LogLevel.Information, "Another collector reads these journals, too: {Problem} Loading where they are.")]
    public static partial void Stale(ILogger logger, string problem);

    [LoggerMessage(7, LogLevel.Warning, "The database does not answer to the review of hosts: {Problem}")]
    public static partial void ReviewFailed(ILogger logger, string problem);

    [LoggerMessage(8, LogLevel.Warning, "The database cannot be reached, or its tables cannot be made: {Problem} Trying again in {Delay}.")]
    public static partial void MigrationFailed(ILogger logger, string problem, TimeSpan delay);
}
