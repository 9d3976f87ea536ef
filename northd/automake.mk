# northd
