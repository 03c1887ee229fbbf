namespace FileMonitor.Durable;

/// <summary>The durable state cannot be used: another process has it, it is damaged, or the disk refuses. The message says which, and what to do.</summary>
public sealed class DurableStateException : IOException
{
    /// <summary>An exception without a message.</summary>
    public DurableStateException()
    {
    }

    /// <summary>An exception with a message.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    public DurableStateException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and its cause.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DurableStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
