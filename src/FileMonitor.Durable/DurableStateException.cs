namespace FileMonitor.Durable;

/// <summary>The durable state cannot be used: another process uses it, it is damaged, or the disk fails. The message says which.</summary>
public sealed class DurableStateException : IOException
{
    /// <summary>Creates an exception without a message.</summary>
    public DurableStateException()
    {
    }

    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    public DurableStateException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    /// <param name="message">What is wrong, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public DurableStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
